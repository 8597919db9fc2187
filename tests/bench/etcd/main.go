// The baseline for tests/bench/proposals.cc: the same work with etcd's Raft as Debian ships it
// (golang-etcd-server-dev).  Prints how many proposals per second three nodes in one thread commit
// and apply.
//
// Usage: main PROPOSALS BATCH
package main

import (
	"fmt"
	"io"
	"log"
	"os"
	"runtime"
	"strconv"
	"time"

	"go.etcd.io/etcd/raft"
	"go.etcd.io/etcd/raft/raftpb"
)

const (
	servers    = 3
	payload    = 64
	keep       = 1000  // entries that a compaction keeps
	compaction = 10000 // in entries
)

type server struct {
	node      *raft.RawNode
	storage   *raft.MemoryStorage
	inbox     []raftpb.Message
	applied   uint64
	compacted uint64
	bytes     int
}

var conf = raftpb.ConfState{Voters: []uint64{1, 2, 3}}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func newServer(id uint64) *server {
	s := &server{storage: raft.NewMemoryStorage()}
	must(s.storage.ApplySnapshot(raftpb.Snapshot{
		Metadata: raftpb.SnapshotMetadata{Index: 1, Term: 1, ConfState: conf},
	}))
	node, err := raft.NewRawNode(&raft.Config{
		ID: id, ElectionTick: 10, HeartbeatTick: 1, Storage: s.storage, Applied: 1,
		MaxSizePerMsg: 1 << 20, MaxInflightMsgs: 256,
		Logger: &raft.DefaultLogger{Logger: log.New(io.Discard, "", 0)},
	})
	must(err)
	s.node = node
	return s
}

// Processes one Ready; returns false if there was none.
func (s *server) process(all []*server) bool {
	if !s.node.HasReady() {
		return false
	}
	ready := s.node.Ready()
	if !raft.IsEmptyHardState(ready.HardState) {
		must(s.storage.SetHardState(ready.HardState))
	}
	must(s.storage.Append(ready.Entries))
	for _, m := range ready.Messages {
		to := all[m.To-1]
		to.inbox = append(to.inbox, m)
	}
	for _, entry := range ready.CommittedEntries {
		s.applied = entry.Index
		s.bytes += len(entry.Data)
	}
	if s.applied >= s.compacted+compaction {
		_, err := s.storage.CreateSnapshot(s.applied, &conf, nil)
		must(err)
		must(s.storage.Compact(s.applied - keep))
		s.compacted = s.applied
	}
	s.node.Advance(ready)
	return true
}

func settle(all []*server) {
	for busy := true; busy; {
		busy = false
		for _, s := range all {
			busy = s.process(all) || busy
		}
		for _, s := range all {
			for _, m := range s.inbox {
				must(s.node.Step(m))
				busy = true
			}
			s.inbox = s.inbox[:0]
		}
	}
}

func number(k int) int {
	n, err := strconv.Atoi(os.Args[k])
	must(err)
	return n
}

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: main PROPOSALS BATCH")
	}
	proposals, batch := number(1), number(2)
	runtime.GOMAXPROCS(1)
	all := []*server{newServer(1), newServer(2), newServer(3)}
	must(all[0].node.Campaign())
	settle(all)
	before := all[0].applied
	began := time.Now()
	for done := 0; done < proposals; done += batch {
		for k := 0; k < batch; k++ {
			data := make([]byte, payload)
			data[0] = byte(k)
			must(all[0].node.Propose(data))
		}
		settle(all)
	}
	seconds := time.Since(began).Seconds()
	for _, s := range all {
		if s.applied-before != uint64(proposals) {
			log.Fatalf("applied %d of %d", s.applied-before, proposals)
		}
	}
	fmt.Printf("%.0f\n", float64(proposals)/seconds)
}
