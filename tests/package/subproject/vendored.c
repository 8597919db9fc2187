int narrow(long x) { return x; }  // raftcheck's own warnings would refuse this
