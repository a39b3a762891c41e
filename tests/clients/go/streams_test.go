// OpenAI's Go client reads streams as they come, can leave them, and hears when they break off.
package clienttests

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/packages/ssestream"
)

type events = *ssestream.Stream[openai.TranscriptionStreamEventUnion]

func stream(t *testing.T, prompt string) events {
	body := asked(t)
	body.Prompt = openai.String(prompt)
	body.Include = []openai.TranscriptionInclude{openai.TranscriptionIncludeLogprobs}
	return client.Audio.Transcriptions.NewStreaming(context.Background(), body)
}

func delta(t *testing.T, events events) string {
	t.Helper()
	equal(t, events.Next(), true)
	equal(t, events.Current().Type, "transcript.text.delta")
	return events.Current().Delta
}

func TestDeltasComeAndThenTheWholeText(t *testing.T) {
	events := stream(t, "")
	equal(t, delta(t, events), "Hello.")
	equal(t, events.Current().AsTranscriptTextDelta().Logprobs[0].Token, " Hello.")
	equal(t, delta(t, events), " Hello.")
	equal(t, delta(t, events), " Hello.")
	equal(t, events.Next(), true)
	done := events.Current().AsTranscriptTextDone()
	equal(t, done.Text, whole)
	equal(t, len(done.Logprobs), 3)
	equal(t, events.Next(), false)
	succeeds(t, events.Err())
}

func TestTheFirstDeltaComesBeforeTheLastWindowIsRecognizedAndClosingEndsTheWork(t *testing.T) {
	events := stream(t, "hold the last window until the stream is closed")
	equal(t, delta(t, events), "Hello.")
	succeeds(t, events.Close())
}

func TestCancellingAStreamEndsItAndTheWork(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	body := asked(t)
	body.Prompt = openai.String("hold the last window until the stream is cancelled")
	events := client.Audio.Transcriptions.NewStreaming(ctx, body)
	equal(t, delta(t, events), "Hello.")
	equal(t, delta(t, events), " Hello.")
	cancel()
	equal(t, events.Next(), false)
	equal(t, errors.Is(events.Err(), context.Canceled), true)
}

func TestADeadlineEndsARequestAndTheWork(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	body := asked(t)
	body.Prompt = openai.String("hold the last window until the deadline")
	_, err := client.Audio.Transcriptions.New(ctx, body)
	equal(t, errors.Is(err, context.DeadlineExceeded), true)
}

func TestAFailureInMidStreamIsTheStreamsError(t *testing.T) {
	events := stream(t, "break off at the last window")
	equal(t, delta(t, events), "Hello.")
	for events.Next() {
	}
	var failure *ssestream.StreamError
	equal(t, errors.As(events.Err(), &failure), true)
	matches(t, failure.Message, "away.*recognizer_unavailable")
}

func TestARefusalBeforeTheFirstEventHasItsStatus(t *testing.T) {
	body := asked(t)
	body.File = strings.NewReader("no sound")
	events := client.Audio.Transcriptions.NewStreaming(context.Background(), body)
	equal(t, events.Next(), false)
	failure := apiError(t, events.Err())
	equal(t, failure.StatusCode, 400)
	equal(t, failure.Param, "file")
}
