// Prints how sure the model is of each token, as a natural logarithm: `go run ./logprobs talk.mp3`.
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
		Model:   "gpt-4o-transcribe",
		File:    file,
		Include: []openai.TranscriptionInclude{openai.TranscriptionIncludeLogprobs},
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, token := range transcription.Logprobs {
		fmt.Printf("%8.3f %q\n", token.Logprob, token.Token)
	}
}
