// Prints the text of an audio file while it is still being heard: `go run ./stream talk.mp3`.
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
	events := client.Audio.Transcriptions.NewStreaming(context.Background(), openai.AudioTranscriptionNewParams{
		Model: "whisper-1",
		File:  file,
	})
	for events.Next() {
		fmt.Print(events.Current().Delta)
	}
	if err := events.Err(); err != nil {
		log.Fatal(err)
	}
	fmt.Println()
}
