// A Go program that sends over TCP to itself, for tests that put it under faults: what comes must be what was sent. The argument "threads"
// has it do so on many goroutines at a time. Exit 0: all came.
package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
)

const total = 3000

func pattern() []byte {
	data := make([]byte, total)
	for i := range data {
		data[i] = byte(i*7 + i/256)
	}
	return data
}

func serve(listener net.Listener) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		go func() {
			io.Copy(conn, conn)
			conn.Close()
		}()
	}
}

func echo(address string) error {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	defer conn.Close()
	data := pattern()
	go func() {
		conn.Write(data)
		conn.(*net.TCPConn).CloseWrite()
	}()
	got, err := io.ReadAll(conn)
	if err == nil && !bytes.Equal(got, data) {
		err = fmt.Errorf("%d other bytes came", len(got))
	}
	return err
}

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	go serve(listener)
	count := 1
	if len(os.Args) > 1 && os.Args[1] == "threads" {
		count = 20
	}
	var all sync.WaitGroup
	failed := false
	for i := 0; i < count; i++ {
		all.Add(1)
		go func() {
			defer all.Done()
			if err := echo(listener.Addr().String()); err != nil {
				fmt.Println(err)
				failed = true
			}
		}()
	}
	all.Wait()
	if failed {
		os.Exit(1)
	}
	fmt.Println("all came")
}
