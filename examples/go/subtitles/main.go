// Prints subtitles of an audio file: `go run ./subtitles talk.mp3 > talk.srt`.
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/openai/openai-go/v3"
)

func main() {
	file, err := os.Open(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	client := openai.NewClient()
	var subtitles string // the client's own methods know the JSON formats alone
	err = client.Post(context.Background(), "audio/transcriptions", openai.AudioTranscriptionNewParams{
		Model:          "whisper-1",
		File:           file,
		ResponseFormat: openai.AudioResponseFormatSRT,
	}, &subtitles)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(subtitles)
}
