// Stores a file, lists images, replaces the image by another file, downloads a variant, and deletes it:
// go run tour.go FILE OTHER
package main

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

var client = http.Client{Timeout: 2 * time.Minute}

type form struct {
	body bytes.Buffer
	kind string
}

func main() {
	log.SetFlags(0)
	file, other := os.Args[1], os.Args[2]

	// With this key, the upload can be sent again after an error of the network: it is stored once.
	key := make([]byte, 16)
	rand.Read(key)
	var image struct{ ID int }
	decode(ask("POST", "/image/", read(file), "Idempotency-Key", fmt.Sprintf("%x", key)), &image)
	fmt.Println("stored", image.ID)

	var page struct{ Count int }
	decode(ask("GET", "/image/?limit=1&ordering=-created_at", nil), &page)
	fmt.Println("listed", page.Count)

	path := fmt.Sprintf("/image/%d/", image.ID)
	ask("PUT", path, read(other))
	fmt.Println("replaced", image.ID)

	ask("GET", path+"?wait=60", nil) // until the variants are made
	small := ask("GET", path+"small/", nil)
	check(os.WriteFile("small.img", small, 0o644))
	fmt.Println("downloaded", len(small))

	ask("DELETE", path, nil)
	fmt.Println("deleted", image.ID)
}

// The body of the answer. One that is an error ends the program.
func ask(method, path string, sent *form, headers ...string) []byte {
	var body io.Reader
	if sent != nil {
		body = &sent.body
	}
	request, err := http.NewRequest(method, os.Getenv("CALOTYPE_SERVER")+path, body)
	check(err)
	request.Header.Set("Authorization", "Token "+os.Getenv("CALOTYPE_TOKEN"))
	if sent != nil {
		request.Header.Set("Content-Type", sent.kind)
	}
	for place := 0; place+1 < len(headers); place += 2 {
		request.Header.Set(headers[place], headers[place+1])
	}
	answer, err := client.Do(request)
	check(err)
	defer answer.Body.Close()
	found, err := io.ReadAll(answer.Body)
	check(err)
	if answer.StatusCode >= 300 {
		log.Fatalf("%s %s: %d %s", method, path, answer.StatusCode, answer.Header.Get("Calotype-Error"))
	}
	return found
}

func read(name string) *form {
	data, err := os.ReadFile(name)
	check(err)
	made := &form{}
	writer := multipart.NewWriter(&made.body)
	part, err := writer.CreateFormFile("original", filepath.Base(name))
	check(err)
	_, err = part.Write(data)
	check(err)
	check(writer.Close())
	made.kind = writer.FormDataContentType()
	return made
}

func decode(data []byte, into any) { check(json.Unmarshal(data, into)) }

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
