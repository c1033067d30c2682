// Servers in which nothing moves after a client's byte: for ever, or for a while. MODE as in still_subject.c.
package main

import (
	"io"
	"net"
	"os"
	"time"
)

func serve(conn net.Conn, mode string) {
	one := make([]byte, 1)
	io.ReadFull(conn, one)
	if mode == "recv" {
		io.ReadFull(conn, one)
	}
	time.Sleep(1500 * time.Millisecond)
	conn.Write([]byte("y"))
}

func main() {
	listener, err := net.Listen("tcp", net.JoinHostPort(os.Args[1], os.Args[2]))
	if err != nil {
		panic(err)
	}
	for {
		conn, err := listener.Accept()
		if err == nil {
			go serve(conn, os.Args[3])
		}
	}
}
