# Fills path and hash into a manifest template:
# cmake -DTEMPLATE= -DLIBRARY= [-DPATH=] [-DSCHEMA=] -DDIRECTORY= -P
# PATH is what the manifest calls the library, where that is not LIBRARY.
file(SHA256 ${LIBRARY} sha256)
if(NOT PATH)
  set(PATH ${LIBRARY})
endif()
file(READ ${TEMPLATE} manifest)
string(JSON manifest SET "${manifest}" library path "\"${PATH}\"")
string(JSON manifest SET "${manifest}" library sha256 "\"${sha256}\"")
get_filename_component(name ${TEMPLATE} NAME)
file(MAKE_DIRECTORY ${DIRECTORY})
file(WRITE ${DIRECTORY}/${name} "${manifest}\n")
if(SCHEMA)
  file(COPY ${SCHEMA} DESTINATION ${DIRECTORY})
endif()
