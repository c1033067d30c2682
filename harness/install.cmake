# What `cmake --install` puts where: the usual folders, nothing absolute, so that the tree may be moved afterwards. The
# program finds its scenarios from its own place (share/sockspec/scenarios of its prefix).
include(GNUInstallDirs)
install(TARGETS sockspec RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/scenarios DESTINATION ${CMAKE_INSTALL_DATADIR}/sockspec
        PATTERN "*.md" EXCLUDE PATTERN "examples" EXCLUDE)
install(FILES ${PROJECT_SOURCE_DIR}/harness/report/results.schema.json DESTINATION ${CMAKE_INSTALL_DATADIR}/sockspec)
set(made ${CMAKE_BINARY_DIR}/share)
install(DIRECTORY ${made}/man/ DESTINATION ${CMAKE_INSTALL_MANDIR})
foreach(folder bash-completion zsh fish vim sockspec)
  install(DIRECTORY ${made}/${folder} DESTINATION ${CMAKE_INSTALL_DATADIR})
endforeach()
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE ${PROJECT_SOURCE_DIR}/README.md ${PROJECT_SOURCE_DIR}/harness/CHANGELOG.md
        DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/scenarios/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/scenarios FILES_MATCHING PATTERN "*.md")
install(DIRECTORY ${PROJECT_SOURCE_DIR}/scenarios/examples DESTINATION ${CMAKE_INSTALL_DOCDIR}/scenarios OPTIONAL)
install(FILES TEST.md INJECT.md PROXY.md PARSE.md SECURITY.md DESTINATION ${CMAKE_INSTALL_DOCDIR}/harness)

# `cmake --build BUILD --target uninstall` takes away what the last `cmake --install` of this build has put there.
file(WRITE ${CMAKE_BINARY_DIR}/uninstall.cmake "
if(NOT EXISTS ${CMAKE_BINARY_DIR}/install_manifest.txt)
  message(FATAL_ERROR \"nothing was installed from this build: ${CMAKE_BINARY_DIR}/install_manifest.txt is not there\")
endif()
file(STRINGS ${CMAKE_BINARY_DIR}/install_manifest.txt files)
foreach(file IN LISTS files)
  file(REMOVE \"\$ENV{DESTDIR}\${file}\")
endforeach()
list(LENGTH files count)
message(STATUS \"\${count} files are gone\")
")
add_custom_target(uninstall COMMAND ${CMAKE_COMMAND} -P ${CMAKE_BINARY_DIR}/uninstall.cmake VERBATIM)
