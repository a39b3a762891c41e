// Prints what is said in an audio file: `go run ./transcribe talk.mp3`.
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
	transcription, err := client.Audio.Transcriptions.New(context.Background(), openai.AudioTranscriptionNewParams{
		Model: "whisper-1",
		File:  file,
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(transcription.Text)
}
