# Every header of the ABI, alone and as a whole, in every language and compiler that a vendor may
# have: no warning, and no padding that a later member could slip into.
set(include_dir ${PROJECT_SOURCE_DIR}/plugin_api/include)
set(alone_dir ${CMAKE_CURRENT_BINARY_DIR}/abi_headers)
file(GLOB headers RELATIVE ${include_dir} CONFIGURE_DEPENDS
     ${include_dir}/mcp_auth/abi.h ${include_dir}/mcp_auth/abi/*.h)
foreach(header ${headers})
  string(MAKE_C_IDENTIFIER ${header} name)
  # Twice, to try the include guard as well.
  file(CONFIGURE OUTPUT ${alone_dir}/${name}.c
       CONTENT "#include <${header}>\n#include <${header}>\nint main(void) { return 0; }\n")
  list(APPEND alone ${alone_dir}/${name}.c)
endforeach()

set(strict -Wall -Wextra -pedantic -Wpadded -Werror -fsyntax-only -I${include_dir})
foreach(compiler gcc clang)
  find_program(MCP_AUTH_${compiler} ${compiler})
  if(NOT MCP_AUTH_${compiler})
    continue()
  endif()
  foreach(language c:c11 c:c17 c++:c++11 c++:c++17 c++:c++20)
    string(REPLACE ":" ";" pair ${language})
    list(GET pair 0 kind)
    list(GET pair 1 standard)
    add_test(NAME Kit.EveryAbiHeaderCompilesAloneAs.${standard}.${compiler}
      COMMAND ${MCP_AUTH_${compiler}} -x ${kind} -std=${standard} ${strict} ${alone})
  endforeach()
  # The assertion that the rule of no tail padding rests on does fire.
  foreach(language c:c11 c++:c++11)
    string(REPLACE ":" ";" pair ${language})
    list(GET pair 0 kind)
    list(GET pair 1 standard)
    add_test(NAME Kit.AStructWithTailPaddingDoesNotCompileAs.${standard}.${compiler}
      COMMAND ${MCP_AUTH_${compiler}} -x ${kind} -std=${standard} -fsyntax-only -I${include_dir}
              ${CMAKE_CURRENT_SOURCE_DIR}/tail_padding.c)
    set_tests_properties(Kit.AStructWithTailPaddingDoesNotCompileAs.${standard}.${compiler}
      PROPERTIES PASS_REGULAR_EXPRESSION "padded_struct has tail padding")
  endforeach()
endforeach()

# What an author includes is C++17, each header alone, also for a compiler that warns about much.
file(GLOB author_headers RELATIVE ${include_dir}/mcp_auth CONFIGURE_DEPENDS
     ${include_dir}/mcp_auth/*.hpp)
list(FILTER author_headers EXCLUDE REGEX _impl)
list(TRANSFORM author_headers REPLACE "\\.hpp$" "")
foreach(header ${author_headers})
  file(CONFIGURE OUTPUT ${alone_dir}/${header}.cpp
       CONTENT "#include <mcp_auth/${header}.hpp>\nint main() {}\n")
  list(APPEND kit_alone ${alone_dir}/${header}.cpp)
endforeach()
foreach(compiler g++ clang++)
  find_program(MCP_AUTH_${compiler} ${compiler})
  if(MCP_AUTH_${compiler})
    add_test(NAME Kit.EveryAuthorsHeaderCompilesAloneAs.c++17.${compiler}
      COMMAND ${MCP_AUTH_${compiler}} -std=c++17 -Wall -Wextra -pedantic -Wshadow -Wconversion
              -Wnon-virtual-dtor -Werror -fsyntax-only -I${include_dir} ${kit_alone})
  endif()
endforeach()
