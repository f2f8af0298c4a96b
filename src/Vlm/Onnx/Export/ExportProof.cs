using Vlm.Images;
using Vlm.LatentActions;
using Vlm.Layers;
using Vlm.Models;
using Vlm.Onnx.Graph;
using Vlm.Onnx.Runtime;
using Vlm.Text;
using static TorchSharp.torch;

namespace Vlm.Onnx.Export;

/// <summary>Runs written graphs in ONNX Runtime against the engine: the same logits, the same greedy tokens.</summary>
internal static class ExportProof
{
    /// <summary>The largest difference of logits in float32.</summary>
    public const double Tolerance = 1e-3;

    // float16 keeps 11 bits, and errors add up over the layers: this share of the largest logit.
    private const double HalfShare = 0.02;

    private const int NewTokens = 12, Places = 64;

    /// <summary>Compares on text alone, one picture, several, and a batch of different lengths.</summary>
    /// <param name="source">What was exported.</param>
    /// <param name="folder">Where it is.</param>
    /// <param name="numbers">What the graphs compute in.</param>
    /// <exception cref="UsageException">ONNX Runtime is missing, or refuses a graph.</exception>
    public static ExportCheck Run(ExportSource source, string folder, ExportNumbers numbers)
    {
        VlmCheckpoint engine = source.Checkpoint;
        using OnnxCheckpoint graphs = OnnxCheckpoint.Load(folder, suffix: numbers.Suffix);
        (RgbImage wide, RgbImage tall) = (Picture(48, 32), Picture(20, 44));
        (string Id, Message[] Messages, RgbImage[] Images)[] asked =
        [
            ("text", [Message.User("How many objects are there?")], []),
            ("one image", [Message.User("What is it?", 1)], [wide]),
            ("several images", [Message.User("Which of the two is larger?", 2)], [tall, wide]),
        ];
        var cases = asked.Select(item => (item.Id, Prompts: new[] { item })).ToList();
        cases.Add(("left-padded batch", asked[..2]));
        return new ExportCheck([.. cases.Select(item => Case(item.Id,
            [.. item.Prompts.Select(chat => engine.Processor.Prompt(chat.Id, chat.Messages, chat.Images))],
            [.. item.Prompts.Select(chat => graphs.Processor.Prompt(chat.Id, chat.Messages, chat.Images))]))]);

        ExportCase Case(string name, Prompt[] own, Prompt[] exported)
        {
            using var scope = NewDisposeScope();
            using IDisposable constant = no_grad();
            PromptBatch batch = PromptBatch.LeftPadded(own, engine.Model.Context);
            int places = Math.Min(Places, batch.Length);
            OnnxRead expected = Read(engine.Model, source.Modules, own, places);
            OnnxRead given = graphs.Model.Read(PromptBatch.LeftPadded(exported, engine.Model.Context), places,
                expected.Codes is { } codes ? OnnxCodes.Taken(codes) : OnnxCodes.Likeliest);
            (int tokens, int same, int sameCodes) = Greedy(source, graphs, own, exported);
            return new ExportCase(name, Difference(expected.Logits, given.Logits, batch), Allowed(expected.Logits), tokens, same)
            {
                Codes = expected.CodeLogits is not { } codeLogits ? null : new ExportCodes(
                    Difference(codeLogits, given.CodeLogits!, batch), Allowed(codeLogits), sameCodes),
            };
        }

        double? Allowed(Tensor expected) => numbers.Int8 ? null : numbers.Activations == OnnxType.Float ? Tolerance
            : HalfShare * expected.abs().max().item<float>();
    }

    /// <summary>Whether graphs of float32 differ so little, and in no choice; of float16 a near tie may fall otherwise.</summary>
    /// <param name="difference">Of logits.</param>
    /// <param name="allowed">Null passes whatever they do.</param>
    /// <param name="others">Choices that differ.</param>
    internal static bool Near(double difference, double? allowed, int others) => allowed is not { } most
        || (difference <= most && (others == 0 || most > Tolerance));

    // Of the last tokens; where codes act, under the likeliest of each.
    private static OnnxRead Read(IVisionLanguageModel model, LatentModules? latent, Prompt[] prompts, int places)
    {
        Prefilled read = model.Prefill(prompts, new KvCache(model.Layers));
        Tensor hidden = Last(read.Hidden);
        if (latent is null)
            return new OnnxRead(Plain(model.Logits(hidden)), null, null);

        Tensor codeLogits = latent.Policy.Logits(Last(latent.Policy.Prefill(
            read.Hidden, read.Rope, read.Lengths, new KvCache(latent.Policy.Depth))));          // [P, places, K]
        Tensor codes = codeLogits.argmax(-1);
        return new OnnxRead(
            Plain(latent.Tokens(model, hidden, latent.Codebook.Of(codes))), Plain(codeLogits), codes.cpu());

        Tensor Last(Tensor all) => all.narrow(1, all.shape[1] - places, places);

        Tensor Plain(Tensor logits) => logits.to(ScalarType.Float32).cpu();
    }

    // Over real tokens: what padding gives is not defined.
    private static double Difference(Tensor expected, Tensor given, PromptBatch batch)
    {
        long places = expected.shape[1];
        Tensor apart = (expected - given).abs().amax([-1]);                                    // [P, places]
        Tensor real = tensor(batch.Lengths).unsqueeze(1).gt(arange(places - 1, -1, -1).unsqueeze(0));
        return apart.masked_select(real).max().item<float>();
    }

    private static (int Tokens, int Same, int Codes) Greedy(
        ExportSource source, OnnxCheckpoint graphs, Prompt[] own, Prompt[] exported)
    {
        int room = source.Checkpoint.Model.Context - own.Max(prompt => prompt.Tokens.Length);
        if (room < 1)
            return (0, 0, 0);
        var sampling = new Sampling { Greedy = true, MaxNewTokens = Math.Min(NewTokens, room) };
        IPolicy engine = source.Latent is { } latent ? latent.Policy() : source.Checkpoint.Unrestricted();
        Rollout[] expected = engine.Sample(own, 1, sampling, default);
        Rollout[] given = graphs.Unrestricted().Sample(exported, 1, sampling, default);
        return (expected.Sum(rollout => rollout.Tokens.Length), Same(rollout => rollout.Tokens), Same(rollout => rollout.Actions));

        int Same(Func<Rollout, int[]> of) => expected.Zip(given).Sum(pair =>
            of(pair.First).Zip(of(pair.Second)).TakeWhile(item => item.First == item.Second).Count());
    }

    private static RgbImage Picture(int width, int height) => new(width, height,
        [.. Enumerable.Range(0, 3 * width * height).Select(i => (byte)(i * 31 / 3 % 256))]);
}
