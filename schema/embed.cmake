# Writes OUTPUT, a C++ file that holds the migrations of FOLDER. Run by schema/CMakeLists.txt at build time:
#   cmake -DFOLDER=… -DFUNCTION=sqliteMigrations -DOUTPUT=… -P embed.cmake
file(GLOB files "${FOLDER}/*.sql")
list(SORT files)
set(rows "")
set(expected 0)
foreach(file IN LISTS files)
    get_filename_component(name "${file}" NAME_WE)
    if(NOT name MATCHES "^([0-9][0-9][0-9][0-9])_(.+)$")
        message(FATAL_ERROR "${file}: a migration is called NNNN_name.sql")
    endif()
    string(REGEX REPLACE "^0+" "" version "${CMAKE_MATCH_1}")
    set(title "${CMAKE_MATCH_2}")
    math(EXPR expected "${expected} + 1")
    if(NOT version EQUAL expected)
        message(FATAL_ERROR "${file}: number ${version} where ${expected} is next")
    endif()
    file(READ "${file}" sql)
    string(APPEND rows "    Migration{${version}, \"${title}\", R\"sql(${sql})sql\"},\n")
endforeach()
if(expected EQUAL 0)
    message(FATAL_ERROR "no migrations in ${FOLDER}")
endif()
file(WRITE "${OUTPUT}" "#include \"schema/migrations.hpp\"

namespace schema {
namespace {
constexpr Migration kMigrations[]{
${rows}};
}  // namespace

std::span<Migration const> ${FUNCTION}() {
    return kMigrations;
}

}  // namespace schema
")
