#include "conformance/command/command.h"
#include "tracegen/servers/our_server.h"

int main(int argc, char** argv) { return command::Main(argc, argv, tracegen::OurImplementation()); }
