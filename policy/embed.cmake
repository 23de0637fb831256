# cmake -DROOT=policy -DOUT=policy_files.cc -P embed.cmake: writes the files as C++ literals.
function(embed folder result)
  file(GLOB_RECURSE files RELATIVE ${ROOT}/${folder} ${ROOT}/${folder}/*)
  list(SORT files)
  set(text "")
  foreach(name IN LISTS files)
    file(READ "${ROOT}/${folder}/${name}" content)
    string(APPEND text "      {\"${name}\", R\"~policy~(${content})~policy~\"},\n")
  endforeach()
  set(${result} "${text}" PARENT_SCOPE)
endfunction()

embed(guard guard)
embed(example example)
embed(odrl odrl)
file(WRITE "${OUT}" "// Written by policy/embed.cmake.
#include \"policy/policy_files.h\"

namespace connector::policy {

const std::vector<PolicyFile>& guard_files() {
  static const std::vector<PolicyFile> files = {
${guard}  };
  return files;
}

const std::vector<PolicyFile>& example_files() {
  static const std::vector<PolicyFile> files = {
${example}  };
  return files;
}

const std::vector<PolicyFile>& odrl_files() {
  static const std::vector<PolicyFile> files = {
${odrl}  };
  return files;
}

}  // namespace connector::policy
")
