using TorchSharp;
using Vlm.Images;
using Vlm.Models;
using Vlm.Onnx.Runtime;
using Vlm.Testing;

namespace Vlm.Tests.Onnx;

/// <summary>Exported folders against the engine with the same weights: the same prompts, random numbers and answers.</summary>
public class SessionPolicyTests
{
    private static readonly SampleKey Key = new(11, 3);

    public static TheoryData<string> Folders => new("tiny_smolvlm", "tiny_qwen2_vl", "tiny_qwen2_5_vl");

    // Text alone, one image, two: a batch padded on the left. Rows end at different times, so some are dropped.
    [Theory]
    [MemberData(nameof(Folders))]
    public void Groups_of_a_mixed_batch_are_those_of_the_engine(string folder)
    {
        VlmCheckpoint engine = Engine(folder);
        using OnnxCheckpoint graphs = Graphs(folder);
        var sampling = new Sampling { MaxNewTokens = 9, Temperature = 1.2 };

        Rollout[] expected = engine.Policy().Sample(Mixed(engine.Processor), 3, sampling, Key);
        Rollout[] given = graphs.Policy().Sample(Mixed(graphs.Processor), 3, sampling, Key);

        Assert.Equal(9, given.Length);
        foreach ((Rollout one, Rollout other) in expected.Zip(given))
        {
            Assert.Equal(one.Tokens, other.Tokens);
            Assert.Equal((one.Prompt.Id, one.Member, one.Text, one.Stop), (other.Prompt.Id, other.Member, other.Text, other.Stop));
            foreach ((float a, float b) in one.LogProbs.Zip(other.LogProbs))
                Assert.Equal(a, b, 1e-3);
        }

        engine.Model.Dispose();
    }

    // Alone, caches are handed on without a copy; the rules that look back are the engine's own.
    [Theory]
    [MemberData(nameof(Folders))]
    public void A_stream_is_that_of_the_engine(string folder)
    {
        VlmCheckpoint engine = Engine(folder);
        using OnnxCheckpoint graphs = Graphs(folder);
        var sampling = new Sampling { MaxNewTokens = 12, Greedy = true, RepetitionPenalty = 1.3, MinNewTokens = 5 };

        foreach ((Prompt one, Prompt other) in Mixed(engine.Processor).Zip(Mixed(graphs.Processor)))
        {
            int[] expected = [.. engine.Unrestricted().StreamAsync(one, sampling, Key).ToBlockingEnumerable()];
            Assert.Equal(expected, graphs.Unrestricted().StreamAsync(other, sampling, Key).ToBlockingEnumerable());
            Assert.Equal(expected, graphs.Unrestricted().Sample([other], 1, sampling, Key)[0].Tokens);
            Assert.InRange(expected.Length, 5, 12);
        }

        engine.Model.Dispose();
    }

    [Fact]
    public void A_stream_may_be_left_early_and_a_folder_is_known_by_its_graphs()
    {
        using OnnxCheckpoint graphs = Graphs("tiny_smolvlm");
        Prompt prompt = Mixed(graphs.Processor)[0];
        var sampling = new Sampling { MaxNewTokens = 12, MinNewTokens = 12 };

        Assert.Equal(graphs.Policy().StreamAsync(prompt, sampling, Key).ToBlockingEnumerable().Take(3),
            graphs.Policy().StreamAsync(prompt, sampling, Key).ToBlockingEnumerable().ToArray()[..3]);
        Assert.True(OnnxCheckpoint.IsAt(Folder("tiny_smolvlm")));
        Assert.False(OnnxCheckpoint.IsAt(Fixtures.PathOf("tiny_smolvlm")));
    }

    [Fact]
    public void A_missing_graph_is_refused()
    {
        string missing = Path.Combine(Folder("tiny_smolvlm"), "onnx", "vision_encoder_int8.onnx");
        Assert.Equal($"error: there is no such ONNX file\n   at: {missing}\n  try: the path of an .onnx file",
            Assert.Throws<UsageException>(() => OnnxCheckpoint.Load(Folder("tiny_smolvlm"), suffix: "_int8")).Render());
    }

    [Fact]
    public void A_prompt_without_room_is_refused_as_by_the_engine()
    {
        using OnnxCheckpoint graphs = Graphs("tiny_smolvlm");
        Prompt prompt = Mixed(graphs.Processor)[0];

        Assert.Contains("exceed the model's context of 512", Assert.Throws<UsageException>(
            () => graphs.Policy().Sample([prompt], 1, new Sampling { MaxNewTokens = 512 }, Key)).Message,
            StringComparison.Ordinal);
    }

    private static VlmCheckpoint Engine(string folder) => VlmCheckpoint.Load(Fixtures.PathOf(folder), torch.CPU);

    private static OnnxCheckpoint Graphs(string folder) =>
        OnnxCheckpoint.Load(Folder(folder), new OnnxOptions { Threads = 1 });

    private static string Folder(string name) => Fixtures.PathOf("onnx_reference", name);

    private static Prompt[] Mixed(IPromptProcessor processor)
    {
        RgbImage wide = Stripes(40, 24), tall = Stripes(16, 56);
        return
        [
            processor.Prompt("text", [Message.User("How many?")], []),
            processor.Prompt("one", [Message.User("What is it?", 1)], [wide]),
            processor.Prompt("two", [Message.User("Which of the two is larger?", 2)], [tall, wide]),
        ];
    }

    private static RgbImage Stripes(int width, int height) =>
        new(width, height, [.. Enumerable.Range(0, 3 * width * height).Select(i => (byte)(i * 7 % 256))]);
}
