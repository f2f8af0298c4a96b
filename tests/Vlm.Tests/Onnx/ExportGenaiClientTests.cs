using System.Text.Json.Nodes;
using Vlm.Images;
using Vlm.LatentActions;
using Vlm.Onnx.Export;
using Vlm.Onnx.Runtime;
using Vlm.Testing;
using Vlm.Tests.Images;
using Vlm.Text;

namespace Vlm.Tests.Onnx;

/// <summary>Exported folders in onnxruntime-genai itself: the tokens that transformers recorded.</summary>
public class ExportGenaiClientTests
{
    private const int NewTokens = 12;
    private static readonly ExportOptions s_genai = new() { For = ExportClient.OnnxruntimeGenai, Check = false };

    // One picture, two, one again, none: from files, by the client's own decoder, resizing, tokenizer and positions.
    [SharedTheory]
    [InlineData("tiny_qwen2_vl", false)]
    [InlineData("tiny_qwen2_vl", true)]
    [InlineData("tiny_qwen2_5_vl", false)]
    [InlineData("tiny_qwen2_5_vl", true)]
    [InlineData("tiny_qwen3_vl", false)]
    [InlineData("tiny_qwen3_vl", true)]
    public void The_client_generates_the_recorded_tokens(string folder, bool half) => GraphRun.InFolder(place =>
    {
        ExportTests.Export(folder, place, s_genai with { Half = half });

        GenaiClient.Answer[] given = GenaiClient.Ask(place, NewTokens, Questions(folder));

        (int[] Prompt, int[] Tokens)[] expected =
            [.. ((string[])["case_a_single", "case_b_batch_leftpad", "case_c_text_only"]).SelectMany(name => Recorded(folder, name))];
        Assert.Equal(4, expected.Length);
        foreach ((GenaiClient.Answer answer, (int[] prompt, int[] tokens)) in given.Zip(expected))
        {
            Assert.Equal(prompt, answer.Prompt);
            Assert.Equal(NewTokens, tokens.Length);
            Assert.Equal(tokens, answer.Tokens);
        }
        return 0;
    });

    // What bytes in place of weights do to an answer is another question: ONNX Runtime by itself gives the same one.
    [SharedTheory]
    [InlineData("tiny_qwen2_vl", false)]
    [InlineData("tiny_qwen2_5_vl", false)]
    [InlineData("tiny_qwen2_5_vl", true)]
    [InlineData("tiny_qwen3_vl", false)]
    public void The_client_answers_with_bytes_as_ONNX_Runtime_does(string folder, bool half) => GraphRun.InFolder(place =>
    {
        ExportTests.Export(folder, place, s_genai with { Int8 = true, Half = half });
        using var graphs = OnnxCheckpoint.Load(place, new OnnxOptions { Threads = 1 });
        string fixture = SharedFiles.PathOf("fixtures", "hf", folder);
        RgbImage[] images = [.. Pictures(fixture).Select(file => ImageCodec.Decode(File.ReadAllBytes(file), file))];
        Prompt[] prompts =
        [
            graphs.Processor.Prompt("one", [Message.User("What is in this image?", 1)], [images[0]]),
            graphs.Processor.Prompt("two", [Message.User("Which of the two is larger?", 2)], [images[1], images[2]]),
            graphs.Processor.Prompt("none", [Message.User("How many objects are there?")], []),
        ];
        int[][] expected = [.. prompts.Select(prompt => graphs.Unrestricted().Sample(
            [prompt], 1, new Sampling { Greedy = true, MaxNewTokens = NewTokens }, default)[0].Tokens)];

        GenaiClient.Answer[] given = GenaiClient.Ask(place, NewTokens, (prompts[0].Text, [Pictures(fixture)[0]]),
            (prompts[1].Text, Pictures(fixture)[1..3]), (prompts[2].Text, []));

        Assert.Equal(prompts.Select(prompt => prompt.Tokens), given.Select(answer => answer.Prompt));
        Assert.Equal(expected, given.Select(answer => answer.Tokens));
        Assert.Contains("DequantizeLinear", File.ReadAllText(Path.Combine(place, "model.onnx")), StringComparison.Ordinal);
        return 0;
    });

    // Codes are nothing to the client: it feeds none of their inputs, and keeps the caches that it is told of.
    [SharedTheory]
    [InlineData("tiny_qwen2_5_vl")]
    [InlineData("tiny_qwen3_vl")]
    public void The_client_generates_by_the_likeliest_codes(string folder) => ExportLatentTests.Exported(folder, s_genai, (latent, place) =>
    {
        string file = Pictures(SharedFiles.PathOf("fixtures", "hf", folder))[0];
        Prompt prompt = latent.Base.Processor.Prompt(
            "a", [Message.User("What is in this image?", 1)], [ImageCodec.Decode(File.ReadAllBytes(file), file)]);
        var engine = new LatentPolicy(latent.Base.Model, latent.Modules, latent.Base.Decode, latent.Base.EndTokens);
        Rollout expected = engine.Sample([prompt], 1, new Sampling { Greedy = true, MaxNewTokens = NewTokens }, default)[0];

        GenaiClient.Answer given = GenaiClient.Ask(place, NewTokens, (prompt.Text, [file]))[0];

        Assert.Equal(prompt.Tokens, given.Prompt);
        Assert.Equal(expected.Tokens, given.Tokens);
        Assert.InRange(expected.Actions.Distinct().Count(), 2, 12);
    });

    private static (string, string[])[] Questions(string folder)
    {
        string fixture = SharedFiles.PathOf("fixtures", "hf", folder);
        string[] pictures = Pictures(fixture);
        JsonNode chats = JsonNode.Parse(File.ReadAllText(Path.Combine(fixture, "cases.json")))!["rendered"]!;
        return [(Chat("a", 0), [pictures[0]]), (Chat("b", 0), pictures[1..3]), (Chat("b", 1), [pictures[0]]), (Chat("c", 0), [])];

        string Chat(string name, int row) => chats[name]![row]!.GetValue<string>();
    }

    private static string[] Pictures(string fixture) =>
        [.. Directory.GetFiles(fixture, "img*.png").Order(StringComparer.Ordinal)];

    // Prompts without their padding, row by row.
    private static IEnumerable<(int[] Prompt, int[] Tokens)> Recorded(string folder, string name)
    {
        var recorded = new FixtureTensors(SharedFiles.PathOf("fixtures", "hf", folder, $"{name}.safetensors"));
        long[] ids = recorded.Integers("in.input_ids"), real = recorded.Integers("in.attention_mask");
        int length = (int)recorded.Shape("in.input_ids")[1], rows = (int)recorded.Shape("in.input_ids")[0];
        for (int row = 0; row < rows; row++)
            yield return (
                [.. ids.Zip(real).Skip(row * length).Take(length).Where(item => item.Second == 1).Select(item => (int)item.First)],
                [.. recorded.Integers("gen.ids").Skip(row * NewTokens).Take(NewTokens).Select(id => (int)id)]);
    }
}
