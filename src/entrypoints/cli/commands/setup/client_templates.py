"""Configurations of programs that store images, each with ``{{URL}}`` and ``{{TOKEN}}`` in it."""

from collections.abc import Mapping

SHAREX = """\
{
  "Version": "17.0.0",
  "Name": "Calotype",
  "DestinationType": "ImageUploader",
  "RequestMethod": "POST",
  "RequestURL": "{{URL}}/image/",
  "Headers": {
    "Authorization": "Token {{TOKEN}}"
  },
  "Body": "MultipartFormData",
  "FileFormName": "original",
  "URL": "{json:original}",
  "ThumbnailURL": "{json:small}",
  "ErrorMessage": "{response}"
}
"""

FLAMESHOT = """\
#!/bin/sh
# Takes a screenshot with Flameshot, stores it, and prints its URL. Bind it to a key; needs curl.
set -eu
name="screenshot-$(date +%Y-%m-%d-%H%M%S).png"
flameshot gui --raw |
  curl --fail-with-body --silent --show-error -H "Authorization: Token {{TOKEN}}" -F "original=@-;filename=$name" \\
    {{URL}}/image/ |
  sed -n 's/.*"original":"\\([^"]*\\)".*/\\1/p'
"""

CURL = """\
#!/bin/sh
# Stores the files that it is given, and prints their descriptions.
set -eu
for file in "$@"; do
  curl --fail-with-body --silent --show-error -H "Authorization: Token {{TOKEN}}" -F "original=@$file" {{URL}}/image/
  echo
done
"""

HTTPX = '''\
"""Stores the files that it is given, and prints their ids, names and URLs. Needs httpx."""

import sys
from pathlib import Path

import httpx

with httpx.Client(base_url="{{URL}}", headers={"Authorization": "Token {{TOKEN}}"}, timeout=120) as client:
    for file in map(Path, sys.argv[1:]):
        answer = client.post("/image/", files={"original": (file.name, file.read_bytes())})
        answer.raise_for_status()
        image = answer.json()
        print(image["id"], image["name"], image["original"])
'''

FETCH = """\
// Stores the files that it is given, and prints their ids, names and URLs: node store.mjs FILE...
// In a browser, send the File of an <input type="file"> in the same way; http.cors_origins must name the page.
import { readFile } from "node:fs/promises";
import { basename } from "node:path";

for (const file of process.argv.slice(2)) {
  const form = new FormData();
  form.append("original", new Blob([await readFile(file)]), basename(file));
  const answer = await fetch("{{URL}}/image/", {
    method: "POST",
    headers: { Authorization: "Token {{TOKEN}}" },
    body: form,
  });
  if (!answer.ok) throw new Error(`${file}: ${answer.status} ${await answer.text()}`);
  const image = await answer.json();
  console.log(image.id, image.name, image.original);
}
"""

GO = """\
// Stores the files that it is given, and prints their descriptions: go run store.go FILE...
package main

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
)

func main() {
	for _, name := range os.Args[1:] {
		if err := store(name); err != nil {
			log.Fatalf("%s: %v", name, err)
		}
	}
}

func store(name string) error {
	data, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("original", filepath.Base(name))
	if err != nil {
		return err
	}
	if _, err := part.Write(data); err != nil {
		return err
	}
	if err := form.Close(); err != nil {
		return err
	}
	request, err := http.NewRequest("POST", "{{URL}}/image/", &body)
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Token {{TOKEN}}")
	request.Header.Set("Content-Type", form.FormDataContentType())
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	described, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if answer.StatusCode >= 300 {
		return fmt.Errorf("%s: %s", answer.Status, described)
	}
	fmt.Println(string(described))
	return nil
}
"""

PHP = """\
<?php
// Stores the files that it is given, and prints their ids, names and URLs: php store.php FILE...
foreach (array_slice($argv, 1) as $file) {
    $request = curl_init('{{URL}}/image/');
    curl_setopt_array($request, [
        CURLOPT_RETURNTRANSFER => true,
        CURLOPT_HTTPHEADER => ['Authorization: Token {{TOKEN}}'],
        CURLOPT_POSTFIELDS => ['original' => new CURLFile($file)],
    ]);
    $answer = curl_exec($request);
    if ($answer === false || curl_getinfo($request, CURLINFO_RESPONSE_CODE) >= 300) {
        fwrite(STDERR, "$file: " . ($answer ?: curl_error($request)) . "\\n");
        exit(1);
    }
    $image = json_decode($answer, true);
    echo "{$image['id']} {$image['name']} {$image['original']}\\n";
}
"""

TEMPLATES: Mapping[str, str] = {
    "sharex": SHAREX, "flameshot": FLAMESHOT, "curl": CURL, "httpx": HTTPX, "fetch": FETCH, "go": GO, "php": PHP,
}  # fmt: skip
