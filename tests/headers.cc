// Nothing: CMakeLists.txt has the headers of the tests precompiled with it.
