# readme_code_block(LANGUAGE NUMBER FILE): writes the NUMBERth ```LANGUAGE block of README.md, the
# first being 1, into FILE, when CMake configures. A README that lost the block is an error.
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/README.md)

function(readme_code_block language number file)
  file(READ ${PROJECT_SOURCE_DIR}/README.md rest)
  foreach(block RANGE 1 ${number})
    string(FIND "${rest}" "\n```${language}\n" start)
    if(start EQUAL -1)
      message(FATAL_ERROR "README.md has no ${language} block number ${number}")
    endif()
    string(LENGTH "\n```${language}\n" fence)
    math(EXPR start "${start} + ${fence}")
    string(SUBSTRING "${rest}" ${start} -1 rest)
  endforeach()
  string(FIND "${rest}" "\n```\n" end)
  string(SUBSTRING "${rest}" 0 ${end} text)
  file(GENERATE OUTPUT ${file} CONTENT "${text}\n")
endfunction()
