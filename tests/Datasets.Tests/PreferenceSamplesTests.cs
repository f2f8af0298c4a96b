using System.Text.Encodings.Web;
using System.Text.Json;
using Vlm.Images;

namespace Vlm.Datasets.Tests;

/// <summary>The samples of pairs: five pairs of generated drawings in each layout, made here, and read back.</summary>
public class PreferenceSamplesTests
{
    private static readonly JsonSerializerOptions s_line = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly Preference[] s_pairs = [.. ShapesPreferences.Pairs(1, Split.Train, 5)];

    private static string Folder => Path.Combine(SamplesTests.Root(), "datasets", "samples");

    private static bool Writing => Environment.GetEnvironmentVariable("VLM_WRITE_SAMPLES") is not null;

    public PreferenceSamplesTests()
    {
        for (int i = 0; Writing && i < s_pairs.Length; i++)
            File.WriteAllBytes(Path.Combine(Folder, Image(i)), ImageCodec.EncodePng(s_pairs[i].Example.Images[0].Decode("drawn")));
    }

    public static TheoryData<string> Written => [.. s_rows.Keys];

    [Fact]
    public void Every_layout_has_a_sample() =>
        Assert.Equal(PreferenceLayout.Table.Names.Order(), s_rows.Keys.Append("own").Order());

    [Fact]
    public void Drawings_are_what_the_generator_draws() => Assert.All(s_pairs.Index(), item =>
    {
        string file = Path.Combine(Folder, Image(item.Index));
        Assert.Equal(item.Item.Example.Images[0].Decode("drawn").Pixels, ImageCodec.Decode(File.ReadAllBytes(file), file).Pixels);
    });

    [Fact]
    public void The_own_form_keeps_the_truth_and_the_strength()
    {
        string file = Path.Combine(Folder, "preferences-own.parquet");
        if (Writing)
            PreferenceData.Write(file, s_pairs);

        PreferenceData read = PreferenceData.Open([file]);

        Assert.Equal((5, 5, 5), (read.Pairs.Count, read.Report.Strengths, read.Report.Truths));
        foreach ((Preference made, Preference pair) in s_pairs.Zip(read.Pairs))
        {
            Assert.Equal((made.Chosen, made.Rejected, made.Kind, made.Strength), (pair.Chosen, pair.Rejected, pair.Kind, pair.Strength));
            ParquetExamplesTests.Same(made.Example with { Kind = made.Kind }, pair.Example);
        }
    }

    [Theory]
    [MemberData(nameof(Written))]
    public void A_published_layout_gives_the_same_five_pairs(string layout)
    {
        string file = Path.Combine(Folder, $"preferences-{layout}.jsonl");
        string text = string.Concat(s_pairs.Select((pair, i) => JsonSerializer.Serialize(s_rows[layout](pair, i), s_line) + "\n"));
        if (Writing)
            File.WriteAllText(file, text);
        Assert.Equal(text, File.ReadAllText(file));

        PreferenceData read = PreferenceData.Open([file]);

        Assert.Equal(layout, Assert.Single(read.Report.Files).Layout.Name);
        Assert.Equal(s_pairs.Select(pair => (pair.Chosen, pair.Rejected)), read.Pairs.Select(pair => (pair.Chosen, pair.Rejected)));
        Assert.Equal(s_pairs.Select(pair => pair.Example.Question), read.Pairs.Select(pair => pair.Example.Question));
        Assert.All(read.Pairs.Index(), item =>
        {
            Assert.Equal([null, item.Item.Example.Question], item.Item.Example.Messages[^1].Content.Select(part => part.Text));
            Assert.Equal(File.ReadAllBytes(Path.Combine(Folder, Image(item.Index))), Assert.Single(item.Item.Example.Images).Encoded("x"));
            Assert.False(item.Item.Example.Truth.IsKnown);
        });
    }

    // The chosen answer stands in the first place in one row and in the second in the next.
    private static readonly Dictionary<string, Func<Preference, int, object>> s_rows = new()
    {
        ["trl"] = (pair, i) => i switch
        {
            0 => new { prompt = pair.Example.Question, chosen = pair.Chosen, rejected = pair.Rejected, image = Image(i) },
            1 => new { prompt = (object[])[Asked(pair)], chosen = (object[])[Answer(pair.Chosen)], rejected = (object[])[Answer(pair.Rejected)], images = (string[])[Image(i)] },
            2 => new { chosen = (object[])[Asked(pair), Answer(pair.Chosen)], rejected = (object[])[Asked(pair), Answer(pair.Rejected)], images = (string[])[Image(i)] },
            3 => new { prompt = pair.Example.Question, chosen = pair.Chosen, rejected = pair.Rejected, margin = 0.5, image = Image(i) },
            _ => new { prompt = pair.Example.Question, chosen = pair.Chosen, rejected = pair.Rejected, score_chosen = 8, score_rejected = 5.5, image = Image(i) },
        },
        ["rlhf-v"] = (pair, i) => i < 4
            ? new
            {
                ds_name = "RLHF-V",
                image = Image(i),
                question = pair.Example.Question,
                chosen = pair.Chosen,
                rejected = pair.Rejected,
                origin_dataset = "Shapes",
                origin_split = JsonSerializer.Serialize(new { type = "detailed_description" }),
                idx = i,
                image_path = Image(i),
            }
            : new
            {
                ds_name = "RLHF-V",
                image = Image(i),
                text = JsonSerializer.Serialize(new { question = pair.Example.Question, chosen = pair.Chosen, rejected = pair.Rejected }),
                idx = i,
            },
        ["vl-rewardbench"] = (pair, i) => new
        {
            id = $"shapes-{i}",
            query = pair.Example.Question,
            image = Image(i),
            response = i % 2 == 0 ? [pair.Chosen, pair.Rejected] : (string[])[pair.Rejected, pair.Chosen],
            human_ranking = i % 2 == 0 ? [0, 1] : (int[])[1, 0],
            query_source = i < 3 ? "RLAIF-V" : "MathVerse",
        },
        ["llava-rlhf"] = (pair, i) => new
        {
            id = i,
            image = Image(i),
            conversations = (object[])[new { from = "human", value = $"<image>\n{pair.Example.Question}" }],
            output_1 = new { from = "llava", value = i % 2 == 0 ? pair.Chosen : pair.Rejected },
            output_2 = new { from = "llava", value = i % 2 == 0 ? pair.Rejected : pair.Chosen },
            preference = 1 + (i % 2),
            hallucination = true,
        },
        ["unified-reward"] = (pair, i) => new
        {
            id = i,
            image = Image(i),
            conversations = (object[])[new { from = "human", value = Shown(pair, i) }, new { from = "gpt", value = Judged(i) }],
        },
        ["ms-swift"] = (pair, i) => i % 2 == 0
            ? new { messages = (object[])[Marked(pair), Answer(pair.Chosen)], rejected_response = pair.Rejected, images = (string[])[Image(i)] }
            : new
            {
                messages = (object[])[Marked(pair), Answer(pair.Chosen)],
                rejected_messages = (object[])[Marked(pair), Answer(pair.Rejected)],
                images = (string[])[Image(i)],
                rejected_images = (string[])[Image(i)],
            },
        ["llama-factory"] = (pair, i) => i < 4
            ? new
            {
                conversations = (object[])[new { from = "human", value = $"<image>{pair.Example.Question}" }],
                chosen = new { from = "gpt", value = pair.Chosen },
                rejected = new { from = "gpt", value = pair.Rejected },
                images = (string[])[Image(i)],
            }
            : new { instruction = pair.Example.Question, input = "", chosen = pair.Chosen, rejected = pair.Rejected, images = (string[])[Image(i)] },
    };

    private static string Image(int i) => $"images/pairs-{i}.png";

    private static object Asked(Preference pair) =>
        new { role = "user", content = (object[])[new { type = "image" }, new { type = "text", text = pair.Example.Question }] };

    private static object Marked(Preference pair) => new { role = "user", content = $"<image>{pair.Example.Question}" };

    private static object Answer(string text) => new { role = "assistant", content = text };

    private static string Shown(Preference pair, int i)
    {
        (string first, string second) = i % 2 == 0 ? (pair.Chosen, pair.Rejected) : (pair.Rejected, pair.Chosen);
        return i < 3
            ? $"<image>\nYou see an image and two answers. State your decision, such as 'Answer 1 is better'.\n\nQuestion: {pair.Example.Question}\nAnswer 1: {first}\nAnswer 2: {second}\n"
            : $"<image>\nJudge the answers. Your task is provided as follows:\nQuestion: [{pair.Example.Question}]\nThe first response: [{first}]\nThe second response: [{second}]\nASSISTANT:\n";
    }

    private static string Judged(int i) => i switch
    {
        0 => "Answer 1 is better",
        1 => "<think>1. Accuracy: Answer 1 is better in its colors.\nAnswer 1: 7\nAnswer 2: 9</think>\n<answer>Answer 2 is better</answer>",
        2 => "Answer 1 is better, because it names each object.",
        3 => "The second response is better. It names what the image shows.",
        _ => "The first response is slightly better. It names what the image shows.",
    };
}
