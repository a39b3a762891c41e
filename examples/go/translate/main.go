// Prints in English what is said in another language: `go run ./translate rede.mp3`.
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
	translation, err := client.Audio.Translations.New(context.Background(), openai.AudioTranslationNewParams{
		Model: "whisper-1",
		File:  file,
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(translation.Text)
}
