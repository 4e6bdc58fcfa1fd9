// A table whose objects are replaced at random: examples/latency.
package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"strconv"
	"syscall"
	"time"
	"unsafe"
)

type leaf struct {
	value uint64
	rest  [11]uint64
}

type node struct {
	leaf, link   *leaf
	key, a, b, c uint64
}

var state uint64 = 42

func randomBelow(limit uint64) uint64 {
	state = state*6364136223846793005 + 1442695040888963407
	return (state >> 32) % limit
}

func newNode(key uint64) *node {
	return &node{leaf: &leaf{value: 3 * key}, key: key}
}

// Samples of the clock, outside of the heap.
func newSamples(count int) []int64 {
	memory, err := syscall.Mmap(-1, 0, count*8, syscall.PROT_READ|syscall.PROT_WRITE,
		syscall.MAP_PRIVATE|syscall.MAP_ANON)
	if err != nil {
		panic(err)
	}
	samples := unsafe.Slice((*int64)(unsafe.Pointer(&memory[0])), count)
	for i := range samples {
		samples[i] = 0
	}
	return samples
}

func main() {
	objects, operations := uint64(200000), uint64(2000000)
	if len(os.Args) > 1 {
		objects, _ = strconv.ParseUint(os.Args[1], 10, 64)
	}
	if len(os.Args) > 2 {
		operations, _ = strconv.ParseUint(os.Args[2], 10, 64)
	}
	nodes := make([]*node, objects)
	for i := range nodes {
		nodes[i] = newNode(uint64(i))
	}
	samples := newSamples(int(operations/16 + 1))
	count := 0
	begin := time.Now()
	for i := uint64(0); i < operations; i++ {
		n := newNode(objects + i)
		nodes[randomBelow(objects)] = n
		nodes[randomBelow(objects)].link = n.leaf
		if i%16 == 0 {
			samples[count] = int64(time.Since(begin))
			count++
		}
	}
	sum := uint64(0)
	for _, n := range nodes {
		sum = sum*31 + n.key + n.leaf.value
		if n.link != nil {
			sum += n.link.value
		}
	}
	fmt.Printf("checksum %d\n", sum)
	if len(os.Args) > 3 {
		var out bytes.Buffer
		binary.Write(&out, binary.LittleEndian, samples[:count])
		if err := os.WriteFile(os.Args[3], out.Bytes(), 0o644); err != nil {
			panic(err)
		}
	}
}
