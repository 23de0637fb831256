# cmake -DROOT=... -DFILES=a;b -DOUT=example_files.cc -P embed.cmake: files as C++ literals.
list(SORT FILES)
set(text "")
foreach(name IN LISTS FILES)
  file(READ "${ROOT}/${name}" content)
  string(APPEND text "      {\"${name}\", R\"~file~(${content})~file~\"},\n")
endforeach()
file(WRITE "${OUT}" "// Written by deploy/example/embed.cmake.
#include \"deploy/example/example_files.h\"

namespace connector::deploy {

const std::vector<ExampleFile>& example_files() {
  static const std::vector<ExampleFile> files = {
${text}  };
  return files;
}

}  // namespace connector::deploy
")
