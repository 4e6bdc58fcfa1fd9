// Merge sort of a list: examples/list-sort.
package main

import (
	"fmt"
	"os"
	"strconv"
)

type cell struct {
	next  *cell
	value uint64
}

var state uint64 = 42

func random() uint64 {
	state = state*6364136223846793005 + 1442695040888963407
	return state >> 32
}

func randomList(length int) *cell {
	var list *cell
	for i := 0; i < length; i++ {
		list = &cell{list, random()}
	}
	return list
}

func merge(a, b *cell) *cell {
	head := new(cell)
	last := head
	for a != nil || b != nil {
		added := new(cell)
		if a != nil && (b == nil || a.value <= b.value) {
			added.value = a.value
			a = a.next
		} else {
			added.value = b.value
			b = b.next
		}
		last.next = added
		last = added
	}
	return head.next
}

func sort(list *cell, length int) *cell {
	if length == 0 {
		return nil
	}
	if length == 1 {
		return &cell{nil, list.value}
	}
	second := list
	for i := 0; i < length/2; i++ {
		second = second.next
	}
	sorted := sort(list, length/2)
	return merge(sorted, sort(second, length-length/2))
}

func check(list *cell) {
	var sum, previous, place uint64
	sorted := "yes"
	for ; list != nil; list = list.next {
		if previous > list.value {
			sorted = "no"
		}
		previous = list.value
		place++
		sum += list.value * place
	}
	fmt.Printf("%d values, sorted: %s, checksum %d\n", place, sorted, sum)
}

func main() {
	length, rounds := 1000000, 5
	if len(os.Args) > 1 {
		length, _ = strconv.Atoi(os.Args[1])
	}
	if len(os.Args) > 2 {
		rounds, _ = strconv.Atoi(os.Args[2])
	}
	for i := 0; i < rounds; i++ {
		check(sort(randomList(length), length))
	}
}
