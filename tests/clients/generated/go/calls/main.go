// Every operation through the generated client, with a key; prints what test_generated_clients.py expects.
package main

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"mime/multipart"
	"net/http"
	"os"

	"earshot.example/generated-client/earshot"
)

var ctx = context.Background()

type fields map[string][]string

func main() {
	log.SetFlags(0)
	audio := must(os.ReadFile(os.Args[1]))
	server, key := os.Args[2], os.Args[3]
	client := must(earshot.NewClientWithResponses(server, earshot.WithRequestEditorFn(
		func(_ context.Context, request *http.Request) error {
			request.Header.Set("Authorization", "Bearer "+key)
			return nil
		})))

	transcribe := func(asked fields) *earshot.CreateTranscriptionResponse {
		kind, body := form(audio, asked)
		return must(client.CreateTranscriptionWithBodyWithResponse(ctx, kind, body))
	}

	models := must(client.ListModelsWithResponse(ctx))
	for index, model := range models.JSON200.Data {
		if index > 0 {
			fmt.Print(" ")
		}
		fmt.Print(model.Id)
	}
	fmt.Println()

	model := must(client.RetrieveModelWithResponse(ctx, "org/whisper")).JSON200
	fmt.Println(model.Id, model.OwnedBy)

	transcription := must(transcribe(fields{"include[]": {string(earshot.IncludeLogprobs)}}).JSON200.AsTranscription())
	fmt.Println(transcription.Text, transcription.Usage.Seconds, (*transcription.Logprobs)[0].Logprob)

	verbose := must(transcribe(fields{
		"response_format":           {string(earshot.VerboseJson)},
		"timestamp_granularities[]": {string(earshot.GranularitySegment), string(earshot.GranularityWord)},
		"language":                  {"en"},
	}).JSON200.AsVerboseTranscription())
	fmt.Print(verbose.Language, " ", (*verbose.Segments)[0].Text)
	for _, word := range *verbose.Words {
		fmt.Print(" ", word.Word)
	}
	fmt.Println()

	kind, body := form(audio, fields{"response_format": {string(earshot.VerboseJson)}})
	answer := must(client.CreateTranslationWithBodyWithResponse(ctx, kind, body))
	translation := must(answer.JSON200.AsVerboseTranscription())
	fmt.Println(translation.Task, translation.Text)

	unknown := transcribe(fields{"model": {"whisper-9"}})
	printRefusal(unknown.StatusCode(), unknown.JSON404)
	invalid := transcribe(fields{"language": {"klingon"}})
	printRefusal(invalid.StatusCode(), invalid.JSON400)
	nobody := must(client.RetrieveModelWithResponse(ctx, "nobody"))
	printRefusal(nobody.StatusCode(), nobody.JSON404)
	keyless := must(must(earshot.NewClientWithResponses(server)).ListModelsWithResponse(ctx))
	printRefusal(keyless.StatusCode(), keyless.JSON401)
}

func form(audio []byte, asked fields) (string, *bytes.Buffer) {
	var body bytes.Buffer
	writer := multipart.NewWriter(&body)
	if _, given := asked["model"]; !given {
		writer.WriteField("model", "whisper-1")
	}
	for name, values := range asked {
		for _, value := range values {
			writer.WriteField(name, value)
		}
	}
	must(must(writer.CreateFormFile("file", "speech.wav")).Write(audio))
	writer.Close()
	return writer.FormDataContentType(), &body
}

func printRefusal(status int, refusal *earshot.ErrorEnvelope) {
	text := func(value *string) string {
		if value == nil {
			return "null"
		}
		return *value
	}
	fmt.Println(status, refusal.Error.Type, text(refusal.Error.Param), text(refusal.Error.Code))
}

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}
