// A hash map whose values are replaced: examples/map-churn.
package main

import (
	"fmt"
	"os"
	"strconv"
)

type value struct{ a, b uint64 }

type entry struct {
	next  *entry
	value *value
	key   uint64
}

var state uint64 = 42

func randomBelow(limit uint64) uint64 {
	state = state*6364136223846793005 + 1442695040888963407
	return (state >> 32) % limit
}

func index(buckets []*entry, key uint64) uint64 {
	return (key * 0x9e3779b97f4a7c15 >> 20) % uint64(len(buckets))
}

func find(buckets []*entry, key uint64) *entry {
	each := buckets[index(buckets, key)]
	for each != nil && each.key != key {
		each = each.next
	}
	return each
}

func put(buckets []*entry, key, number uint64) {
	v := &value{number, key}
	found := find(buckets, key)
	if found == nil {
		i := index(buckets, key)
		found = &entry{next: buckets[i], key: key}
		buckets[i] = found
	}
	found.value = v
}

func drop(buckets []*entry, key uint64) {
	i := index(buckets, key)
	each := buckets[i]
	var before *entry
	for each != nil && each.key != key {
		before = each
		each = each.next
	}
	if each == nil {
		return
	}
	if before != nil {
		before.next = each.next
	} else {
		buckets[i] = each.next
	}
}

func main() {
	var keys, operations uint64 = 500000, 10000000
	if len(os.Args) > 1 {
		keys, _ = strconv.ParseUint(os.Args[1], 10, 64)
	}
	if len(os.Args) > 2 {
		operations, _ = strconv.ParseUint(os.Args[2], 10, 64)
	}
	buckets := make([]*entry, keys)
	for key := uint64(0); key < keys; key++ {
		put(buckets, key, key)
	}
	for i := uint64(0); i < operations; i++ {
		if i%8 == 0 {
			drop(buckets, randomBelow(keys))
		}
		put(buckets, randomBelow(keys), i)
	}
	var entries, sum uint64
	for _, bucket := range buckets {
		for each := bucket; each != nil; each = each.next {
			entries++
			sum += each.value.a*31 + each.value.b + each.key
		}
	}
	fmt.Printf("%d entries, checksum %d\n", entries, sum)
}
