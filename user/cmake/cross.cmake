# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Cross build against the headers and libraries of unpacked Debian packages:
#
#   -DKXK_TRIPLET=aarch64-linux-gnu    the target; its g++ must be installed
#   -DKXK_SYSROOT=<directory>          where the packages of that architecture are unpacked
#
# The C and C++ libraries themselves come with the cross compiler, so the directory is no --sysroot:
# it needs the libraries that find_package() and pkg-config look for, and what those depend on.
foreach(variable KXK_TRIPLET KXK_SYSROOT)
    if(NOT ${variable})
        message(FATAL_ERROR "cross.cmake needs -D${variable}=...")
    endif()
endforeach()
# The compiler checks are projects of their own, and include this file again.
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES KXK_TRIPLET KXK_SYSROOT)
get_filename_component(KXK_SYSROOT "${KXK_SYSROOT}" ABSOLUTE)

string(REGEX REPLACE "-.*" "" CMAKE_SYSTEM_PROCESSOR "${KXK_TRIPLET}")
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_CXX_COMPILER ${KXK_TRIPLET}-g++)
set(CMAKE_LIBRARY_ARCHITECTURE ${KXK_TRIPLET})

set(CMAKE_FIND_ROOT_PATH ${KXK_SYSROOT})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)

set(ENV{PKG_CONFIG_DIR} "")
set(ENV{PKG_CONFIG_PATH} "")
set(ENV{PKG_CONFIG_LIBDIR}
    ${KXK_SYSROOT}/usr/lib/${KXK_TRIPLET}/pkgconfig:${KXK_SYSROOT}/usr/share/pkgconfig)
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${KXK_SYSROOT})

# The libraries that libraries need: for the linker to look into, not to link with.
set(CMAKE_EXE_LINKER_FLAGS_INIT
    "-Wl,-rpath-link,${KXK_SYSROOT}/usr/lib/${KXK_TRIPLET}:${KXK_SYSROOT}/lib/${KXK_TRIPLET}")

# OpenSSL keeps headers that depend on the architecture in a directory that pkg-config leaves to the
# compiler, which looks for it outside of the packages.
set(CMAKE_CXX_FLAGS_INIT "-idirafter ${KXK_SYSROOT}/usr/include/${KXK_TRIPLET}")
