# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What is installed beside the program: the man page, completions, what has systemd load the module
# at boot, and the rights of the device. A build of the program alone makes none of it.
include(GNUInstallDirs)
# By themselves, relative to the prefix, so that they follow it when it is another one.
set(KXK_UNIT_DIR lib/systemd/system CACHE STRING "Where systemd's units go")
set(KXK_ZSH_DIR ${CMAKE_INSTALL_DATADIR}/zsh/site-functions CACHE STRING "Where zsh's completions go")
set(KXK_UDEV_DIR lib/udev/rules.d CACHE STRING "Where udev's rules go")

find_program(RST2MAN NAMES rst2man rst2man.py DOC "From docutils")
if(NOT RST2MAN)
    message(FATAL_ERROR "there is no rst2man, which makes the man page; install docutils")
endif()
set(manual ${PROJECT_SOURCE_DIR}/../Documentation/man/kexec-keyrings.8.rst)
set(program ${CMAKE_INSTALL_FULL_SBINDIR}/kexec-keyrings)
set(beside ${CMAKE_CURRENT_BINARY_DIR}/beside)
file(MAKE_DIRECTORY ${beside})
configure_file(systemd/kexec-keyrings.service.in ${beside}/kexec-keyrings.service @ONLY)
add_custom_command(OUTPUT ${beside}/kexec-keyrings.8
    COMMAND ${RST2MAN} --halt=warning ${manual} ${beside}/kexec-keyrings.8
    DEPENDS ${manual})
set(made ${beside}/kexec-keyrings.8)

# kxk_completion(SHELL FILE DIRECTORY): what the program itself prints for the shell. For another
# architecture, CMAKE_CROSSCOMPILING_EMULATOR runs it.
function(kxk_completion shell file directory)
    add_custom_command(OUTPUT ${beside}/${file}
        COMMAND kexec-keyrings completion ${shell} >${beside}/${file}
        DEPENDS kexec-keyrings)
    install(FILES ${beside}/${file} DESTINATION ${directory})
    set(made ${made} ${beside}/${file} PARENT_SCOPE)
endfunction()
kxk_completion(bash kexec-keyrings ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
kxk_completion(zsh _kexec-keyrings ${KXK_ZSH_DIR})
kxk_completion(fish kexec-keyrings.fish ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
add_custom_target(kxk_beside ALL DEPENDS ${made})

install(TARGETS kexec-keyrings DESTINATION ${CMAKE_INSTALL_SBINDIR})
install(FILES ${beside}/kexec-keyrings.8 DESTINATION ${CMAKE_INSTALL_MANDIR}/man8)
install(FILES ${beside}/kexec-keyrings.service DESTINATION ${KXK_UNIT_DIR})
install(FILES udev/60-kexec-keyrings.rules DESTINATION ${KXK_UDEV_DIR})
