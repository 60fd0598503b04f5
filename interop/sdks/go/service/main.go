// A service on net/http, traced by the official SDK: see ../../README.md.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"strings"

	"github.com/aws/aws-xray-sdk-go/v2/strategy/sampling"
	"github.com/aws/aws-xray-sdk-go/v2/xray"
)

const header = "X-Amzn-Trace-Id"

type called struct {
	Answer *string         `json:"answer"`
	Body   json.RawMessage `json:"body"`
}

type seen struct {
	Header      *string `json:"header"`
	Traceparent *string `json:"traceparent"`
	Called      *called `json:"called"`
}

var client = xray.Client(nil)

func first(headers http.Header, name string) *string {
	if values := headers.Values(name); len(values) > 0 {
		return &values[0]
	}
	return nil
}

func call(request *http.Request, url string) (*called, error) {
	next, err := http.NewRequestWithContext(request.Context(), http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	answer, err := client.Do(next)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	result := &called{Answer: first(answer.Header, header)}
	return result, json.NewDecoder(answer.Body).Decode(&result.Body)
}

func serve(response http.ResponseWriter, request *http.Request) {
	result := seen{
		Header:      first(request.Header, header),
		Traceparent: first(request.Header, "traceparent"),
	}
	// Decision and mark; then port and decision of each service behind.
	parts := strings.Split(request.URL.Path, "/")
	if len(parts) > 4 {
		path := append([]string{parts[4], parts[2]}, parts[5:]...)
		var err error
		url := fmt.Sprintf("http://127.0.0.1:%s/%s", parts[3], strings.Join(path, "/"))
		if result.Called, err = call(request, url); err != nil {
			http.Error(response, err.Error(), http.StatusBadGateway)
			return
		}
	}
	response.Header().Set("Content-Type", "application/json")
	json.NewEncoder(response).Encode(result)
}

func main() {
	if rules := os.Getenv("XRAY_INTEROP_SAMPLING"); rules != "" {
		strategy, err := sampling.NewLocalizedStrategyFromFilePath(rules)
		if err != nil {
			log.Fatal(err)
		}
		if err := xray.Configure(xray.Config{SamplingStrategy: strategy}); err != nil {
			log.Fatal(err)
		}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("listening on %s\n", listener.Addr())
	handler := xray.Handler(xray.NewFixedSegmentNamer("go"), http.HandlerFunc(serve))
	log.Fatal(http.Serve(listener, handler))
}
