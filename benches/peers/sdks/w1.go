// W1 on the official SDK: see ../../README.md.
package main

import (
	"bufio"
	"context"
	"fmt"
	"log"
	"os"
	"strconv"
	"syscall"
	"time"

	"github.com/aws/aws-xray-sdk-go/v2/strategy/sampling"
	"github.com/aws/aws-xray-sdk-go/v2/xray"
	"github.com/aws/aws-xray-sdk-go/v2/xraylog"
)

const rules = `{"version":2,"default":{"fixed_target":0,"rate":1.0},"rules":[]}`

func annotate(segment *xray.Segment, text, value, number string, n int) {
	segment.AddAnnotation(text, value)
	segment.AddAnnotation(number, n)
}

func one(i int) {
	ctx, segment := xray.BeginSegment(context.Background(), "api.example.com")
	segment.Lock()
	request := segment.GetHTTP().GetRequest()
	request.Method, request.URL = "GET", "https://api.example.com/orders/42"
	request.UserAgent, request.ClientIP = "measure/1.0", "10.0.0.7"
	segment.Unlock()
	annotate(segment, "tenant", "acme", "order", i)
	_, auth := xray.BeginSubsegment(ctx, "auth")
	annotate(auth, "user", "u-17", "attempt", 1)
	auth.Close(nil)
	inner, db := xray.BeginSubsegment(ctx, "db")
	annotate(db, "table", "orders", "rows", i%100)
	_, query := xray.BeginSubsegment(inner, "query")
	annotate(query, "statement", "select", "millis", 3)
	query.Close(nil)
	db.Close(nil)
	segment.Lock()
	response := segment.GetHTTP().GetResponse()
	response.Status, response.ContentLength = 200, 1234
	segment.Unlock()
	segment.Close(nil)
}

// Nanoseconds of the process.
func used() float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		log.Fatal(err)
	}
	return float64(usage.Utime.Nano() + usage.Stime.Nano())
}

func measure(batch, batches int) float64 {
	all := 0.0
	for range batches {
		before := used()
		for i := range batch {
			one(i)
		}
		// What other goroutines still have to do.
		time.Sleep(time.Millisecond)
		all += (used() - before) / float64(batch)
	}
	return all / float64(batches)
}

func main() {
	batch, _ := strconv.Atoi(os.Args[1])
	batches, _ := strconv.Atoi(os.Args[2])
	// Not to where the answers go.
	xray.SetLogger(xraylog.NewDefaultLogger(os.Stderr, xraylog.LogLevelError))
	strategy, err := sampling.NewLocalizedStrategyFromJSONBytes([]byte(rules))
	if err != nil {
		log.Fatal(err)
	}
	if err := xray.Configure(xray.Config{SamplingStrategy: strategy}); err != nil {
		log.Fatal(err)
	}
	measure(batch, 100)
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		if lines.Text() == "round" {
			fmt.Println("NaN", measure(batch, batches))
		} else {
			fmt.Println("NaN NaN NaN")
		}
	}
}
