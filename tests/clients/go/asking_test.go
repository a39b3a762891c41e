// What the tests share: the client, what it asks for, and how they look at answers.
package clienttests

import (
	"context"
	"errors"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
)

const whole = "Hello. Hello. Hello."

var client = openai.NewClient(option.WithMaxRetries(0))

func asked(t *testing.T) openai.AudioTranscriptionNewParams {
	return openai.AudioTranscriptionNewParams{Model: "whisper-1", File: speech(t)}
}

func speech(t *testing.T) *os.File {
	file, err := os.Open(os.Getenv("SPEECH"))
	succeeds(t, err)
	t.Cleanup(func() { file.Close() })
	return file
}

func refusal(t *testing.T, body openai.AudioTranscriptionNewParams, options ...option.RequestOption) *openai.Error {
	t.Helper()
	_, err := client.Audio.Transcriptions.New(context.Background(), body, options...)
	return apiError(t, err)
}

func apiError(t *testing.T, err error) *openai.Error {
	t.Helper()
	var failure *openai.Error
	if !errors.As(err, &failure) {
		t.Fatalf("no error of the API: %v", err)
	}
	return failure
}

func succeeds(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func equal[T comparable](t *testing.T, found T, expected T) {
	t.Helper()
	if found != expected {
		t.Fatalf("%v instead of %v", found, expected)
	}
}

func matches(t *testing.T, text string, pattern string) {
	t.Helper()
	if !regexp.MustCompile(pattern).MatchString(text) {
		t.Fatalf("%q is not like %s", strings.TrimSpace(text), pattern)
	}
}
