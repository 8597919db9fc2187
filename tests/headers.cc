// Empty on purpose: CMakeLists.txt uses it to precompile the headers of the tests.
