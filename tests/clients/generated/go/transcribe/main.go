package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"mime/multipart"
	"os"

	"earshot.example/generated-client/earshot"
)

func main() {
	log.SetFlags(0)
	if err := transcribe(os.Args[1], os.Args[2]); err != nil {
		log.Fatal(err)
	}
}

func transcribe(file, server string) error {
	client, err := earshot.NewClientWithResponses(server)
	if err != nil {
		return err
	}
	audio, err := os.Open(file)
	if err != nil {
		return err
	}
	defer audio.Close()

	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	form.WriteField("model", "whisper-1")
	form.WriteField("response_format", string(earshot.VerboseJson))
	form.WriteField("timestamp_granularities[]", string(earshot.GranularityWord))
	part, err := form.CreateFormFile("file", file)
	if err != nil {
		return err
	}
	if _, err := io.Copy(part, audio); err != nil {
		return err
	}
	form.Close()

	answer, err := client.CreateTranscriptionWithBodyWithResponse(context.Background(), form.FormDataContentType(), &body)
	if err != nil {
		return err
	}
	if answer.JSON200 == nil { // JSON400, JSON404 and so on hold the same
		var refusal earshot.ErrorEnvelope
		if err := json.Unmarshal(answer.Body, &refusal); err != nil {
			return err
		}
		return fmt.Errorf("%s: %s", answer.Status(), refusal.Error.Message)
	}
	transcription, err := answer.JSON200.AsVerboseTranscription()
	if err != nil {
		return err
	}
	for _, word := range *transcription.Words {
		fmt.Printf("%7.2f %s\n", word.Start, word.Word)
	}
	return nil
}
