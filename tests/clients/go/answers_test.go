// OpenAI's Go client gets whole answers, whatever it sends the file from, and refusals as its own errors.
package clienttests

import (
	"bytes"
	"context"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/packages/param"
)

func TestUploads(t *testing.T) {
	content, err := io.ReadAll(speech(t))
	succeeds(t, err)
	uploads := map[string]io.Reader{
		"an open file":       speech(t),
		"bytes without name": bytes.NewReader(content),
		"bytes with a name":  openai.File(bytes.NewReader(content), "говор.wav", "audio/wav"),
		"what can't go back": io.MultiReader(bytes.NewReader(content)),
	}
	for what, file := range uploads {
		t.Run(what, func(t *testing.T) {
			body := asked(t)
			body.File = file
			transcription, err := client.Audio.Transcriptions.New(context.Background(), body)
			succeeds(t, err)
			equal(t, transcription.Text, whole)
			equal(t, transcription.Usage.Type, "duration")
			equal(t, transcription.Usage.Seconds, 18)
		})
	}
}

func TestVerboseJSONHasSegmentsAndWordsWithEveryField(t *testing.T) {
	body := asked(t)
	body.ResponseFormat = openai.AudioResponseFormatVerboseJSON
	body.TimestampGranularities = []string{"word", "segment"}
	answer, err := client.Audio.Transcriptions.New(context.Background(), body)
	succeeds(t, err)
	verbose := answer.AsTranscriptionVerbose()
	equal(t, verbose.Language, "english")
	equal(t, verbose.Duration, 18)
	equal(t, len(verbose.Segments), 3)
	for index, segment := range verbose.Segments {
		equal(t, segment.ID, int64(index))
		equal(t, segment.Text, " Hello.")
		fields := segment.JSON
		there := fields.AvgLogprob.Valid() && fields.CompressionRatio.Valid() && fields.NoSpeechProb.Valid() &&
			fields.Seek.Valid() && fields.Start.Valid() && fields.End.Valid() && fields.Temperature.Valid() &&
			fields.Tokens.Valid()
		equal(t, there, true)
	}
	equal(t, len(verbose.Words), 3)
	equal(t, verbose.Words[0].Word, "Hello")
	equal(t, verbose.Words[0].Start < verbose.Words[0].End, true)
}

func TestTextFormatsArriveAsText(t *testing.T) {
	begins := map[openai.AudioResponseFormat]string{
		"text": `^Hello\. Hello\. Hello\.\n$`,
		"srt":  `^1\n00:00:00,\d{3} --> 00:00:0\d,\d{3}\nHello\.\n\n2\n`,
		"vtt":  `^WEBVTT\n\n00:00:00\.\d{3} --> 00:00:0\d\.\d{3}\nHello\.\n\n`,
	}
	for format, begin := range begins {
		body := asked(t)
		body.ResponseFormat = format
		var text string
		succeeds(t, client.Post(context.Background(), "audio/transcriptions", body, &text))
		matches(t, text, begin)
	}
}

func TestLogProbabilitiesNameTheirTokens(t *testing.T) {
	body := asked(t)
	body.Model = "gpt-4o-transcribe"
	body.Include = []openai.TranscriptionInclude{openai.TranscriptionIncludeLogprobs}
	transcription, err := client.Audio.Transcriptions.New(context.Background(), body)
	succeeds(t, err)
	equal(t, len(transcription.Logprobs), 3)
	equal(t, transcription.Logprobs[0].Token, " Hello.")
	equal(t, transcription.Logprobs[0].Logprob, -0.25)
	equal(t, len(transcription.Logprobs[0].Bytes), len(" Hello."))
}

func TestArraysAndObjectsOfAFormAreUnderstood(t *testing.T) {
	chunking := openai.AudioTranscriptionNewParamsChunkingStrategyVadConfig{
		Type:              "server_vad",
		Threshold:         param.NewOpt(0.6),
		PrefixPaddingMs:   param.NewOpt(int64(200)),
		SilenceDurationMs: param.NewOpt(int64(500)),
	}
	body := asked(t)
	body.Languages = []string{"en", "de"}
	body.Keywords = []string{"Earshot", "Triton"}
	body.ChunkingStrategy.OfAudioTranscriptionNewsChunkingStrategyVadConfig = &chunking
	transcription, err := client.Audio.Transcriptions.New(context.Background(), body)
	succeeds(t, err)
	equal(t, transcription.Text, whole)

	body.File, chunking.Threshold = speech(t), param.NewOpt(7.0)
	equal(t, refusal(t, body).Param, "chunking_strategy[threshold]")

	body = asked(t)
	body.Languages = []string{"en", "klingon"}
	equal(t, refusal(t, body).Code, "invalid_language_format")
}

func TestTranslations(t *testing.T) {
	body := openai.AudioTranslationNewParams{Model: "whisper-1", File: speech(t)}
	translation, err := client.Audio.Translations.New(context.Background(), body)
	succeeds(t, err)
	equal(t, translation.Text, whole)

	body.File, body.ResponseFormat = speech(t), openai.AudioTranslationNewParamsResponseFormatSRT
	var subtitles string
	succeeds(t, client.Post(context.Background(), "audio/translations", body, &subtitles))
	matches(t, subtitles, `^1\n00:00:00,`)
}

func TestModelsAreListedAndRetrievedAlsoByANameWithASlash(t *testing.T) {
	var names []string
	models := client.Models.ListAutoPaging(context.Background())
	for models.Next() {
		names = append(names, models.Current().ID)
	}
	succeeds(t, models.Err())
	equal(t, slices.Contains(names, "whisper-1"), true)
	model, err := client.Models.Get(context.Background(), "whisper-1")
	succeeds(t, err)
	equal(t, model.OwnedBy, "earshot")

	_, err = client.Models.Get(context.Background(), "org/name")
	failure := apiError(t, err)
	equal(t, failure.StatusCode, 404)
	matches(t, failure.Message, `'org/name' does not exist`)
}

func TestABadOptionIsNamed(t *testing.T) {
	body := asked(t)
	body.Language = openai.String("klingon")
	failure := refusal(t, body)
	equal(t, failure.StatusCode, 400)
	equal(t, failure.Code, "invalid_language_format")
	equal(t, failure.Param, "language")
	equal(t, failure.Type, "invalid_request_error")
	matches(t, failure.Message, "ISO-639-1")
	matches(t, failure.Response.Header.Get("x-request-id"), `^req_[0-9a-f]{32}$`)
}

func TestAWrongKeyIsRefused(t *testing.T) {
	failure := refusal(t, asked(t), option.WithAPIKey("wrong"))
	equal(t, failure.StatusCode, 401)
	equal(t, failure.Code, "invalid_api_key")
}

func TestAnUnknownModelIsNotFound(t *testing.T) {
	body := asked(t)
	body.Model = "whisper-9"
	failure := refusal(t, body)
	equal(t, failure.StatusCode, 404)
	equal(t, failure.Code, "model_not_found")
}

func TestAFileThatIsTooLargeIsAClear413AndNotABrokenConnection(t *testing.T) {
	large := make([]byte, 40<<20)
	uploads := map[string]io.Reader{
		"of known length": bytes.NewReader(large), "of unknown length": io.MultiReader(bytes.NewReader(large)),
	}
	for what, file := range uploads {
		t.Run(what, func(t *testing.T) {
			body := asked(t)
			body.File = file
			failure := refusal(t, body, option.WithMaxRetries(2))
			equal(t, failure.StatusCode, 413)
			matches(t, failure.Message, "Maximum content size limit")
			transcription, err := client.Audio.Transcriptions.New(context.Background(), asked(t))
			succeeds(t, err)
			equal(t, transcription.Text, whole)
		})
	}
}

func TestARecognizerThatWasAwayIsAskedAgainAfterTheWaitThatTheServerNamed(t *testing.T) {
	content, err := io.ReadAll(speech(t))
	succeeds(t, err)
	body := asked(t)
	body.File = bytes.NewReader(content)
	body.Prompt = openai.String("away once")
	started := time.Now()
	transcription, err := client.Audio.Transcriptions.New(context.Background(), body, option.WithMaxRetries(2))
	succeeds(t, err)
	equal(t, transcription.Text, whole)
	equal(t, time.Since(started) >= time.Second, true)
}

func TestWithoutAnotherTryTheErrorSaysWhenToComeBack(t *testing.T) {
	body := asked(t)
	body.Prompt = openai.String("away once, and not tried again")
	failure := refusal(t, body)
	equal(t, failure.StatusCode, 503)
	equal(t, failure.Code, "recognizer_unavailable")
	equal(t, failure.Response.Header.Get("retry-after"), "1")
}
