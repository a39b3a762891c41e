// Prints when each word of an audio file begins and ends: `go run ./words talk.mp3`.
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
		Model:                  "whisper-1",
		File:                   file,
		ResponseFormat:         openai.AudioResponseFormatVerboseJSON,
		TimestampGranularities: []string{"word"},
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, word := range transcription.Words {
		fmt.Printf("%7.2f %7.2f %s\n", word.Start, word.End, word.Word)
	}
}
