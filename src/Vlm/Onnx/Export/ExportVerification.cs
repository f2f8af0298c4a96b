using Vlm.Images;
using Vlm.LatentActions;
using Vlm.Layers;
using Vlm.Models;
using Vlm.Onnx.Graph;
using Vlm.Onnx.Runtime;
using static TorchSharp.torch;

namespace Vlm.Onnx.Export;

/// <summary>Runs written graphs in ONNX Runtime against the engine: the same logits, the same greedy tokens.</summary>
internal static class ExportVerification
{
    /// <summary>The largest difference of logits in float32.</summary>
    public const double Tolerance = 1e-3;

    // float16 keeps 11 bits, and errors add up over the layers: this share of the largest logit.
    private const double HalfShare = 0.02;

    private const int NewTokens = 12, Places = 64;

    /// <summary>Compares on text alone, one image, several, and a batch of different lengths.</summary>
    /// <param name="source">What was exported.</param>
    /// <param name="folder">Where it is.</param>
    /// <param name="precision">What the graphs compute in.</param>
    /// <param name="consume">Lets the weights go before the graphs are loaded.</param>
    /// <exception cref="UsageException">ONNX Runtime is missing, or refuses a graph.</exception>
    public static ExportCheck Run(ExportSource source, string folder, ExportPrecision precision, bool consume)
    {
        using var scope = NewDisposeScope();
        using IDisposable constant = no_grad();
        VlmCheckpoint engine = source.Checkpoint;
        int context = engine.Model.MaxPositions;
        (RgbImage wide, RgbImage tall) = (Image(48, 32), Image(20, 44));
        (string Id, Message[] Messages, ImageSource[] Images)[] asked =
        [
            ("text", [Message.User("How many objects are there?")], []),
            ("one image", [Message.User("What is it?", 1)], [wide]),
            ("several images", [Message.User("Which of the two is larger?", 2)], [tall, wide]),
        ];
        var cases = asked.Select(item => (item.Id, Prompts: new[] { item })).ToList();
        cases.Add(("left-padded batch", asked[..2]));
        // The engine answers all before the graphs are there: what both take to compute is never held at once.
        Answer[] answers = [.. cases.Select(item => Engine(source,
            [.. item.Prompts.Select(chat => engine.Processor.Prompt(chat.Id, chat.Messages, chat.Images))]))];
        if (consume)
        {
            engine.Model.Dispose();
            source.Modules?.Dispose();
        }
        using OnnxCheckpoint graphs = OnnxCheckpoint.Load(folder, suffix: precision.Suffix);
        return new ExportCheck([.. cases.Zip(answers, (item, answer) => Case(item.Id, answer,
            [.. item.Prompts.Select(chat => graphs.Processor.Prompt(chat.Id, chat.Messages, chat.Images))]))]);

        ExportCase Case(string name, Answer expected, Prompt[] exported)
        {
            using var inner = NewDisposeScope();
            PromptBatch batch = PromptBatch.LeftPadded(exported, context);
            OnnxOutput given = graphs.Model.Read(batch, (int)expected.Read.Logits.shape[1],
                expected.Read.Codes is { } codes ? OnnxCodeTensors.Taken(codes) : OnnxCodeTensors.MostProbable);
            Rollout[] said = expected.Greedy.Length == 0 ? []
                : graphs.Unrestricted().Sample(exported, 1, expected.Sampling, default);
            return new ExportCase(name, Difference(expected.Read.Logits, given.Logits, expected.Lengths),
                Allowed(expected.Read.Logits), expected.Greedy.Sum(rollout => rollout.Tokens.Length),
                Same(expected.Greedy, said, rollout => rollout.Tokens))
            {
                Codes = expected.Read.CodeLogits is not { } codeLogits ? null : new ExportCodes(
                    Difference(codeLogits, given.CodeLogits!, expected.Lengths), Allowed(codeLogits),
                    Same(expected.Greedy, said, rollout => rollout.Actions)),
            };
        }

        double? Allowed(Tensor expected) => precision.Int8 ? null : precision.Activations == OnnxType.Float ? Tolerance
            : HalfShare * expected.abs().max().item<float>();
    }

    /// <summary>Whether graphs of float32 differ so little, and in no choice; of float16 a near tie may fall otherwise.</summary>
    /// <param name="difference">Of logits.</param>
    /// <param name="allowed">Null passes whatever they do.</param>
    /// <param name="others">Choices that differ.</param>
    internal static bool Near(double difference, double? allowed, int others) => allowed is not { } most
        || (difference <= most && (others == 0 || most > Tolerance));

    // The greedy answer is empty where the prompts leave no room for one.
    private static Answer Engine(ExportSource source, Prompt[] prompts)
    {
        using var scope = NewDisposeScope();
        IVisionLanguageModel model = source.Checkpoint.Model;
        PromptBatch batch = PromptBatch.LeftPadded(prompts, model.MaxPositions);
        OnnxOutput read = Read(model, source.Modules, prompts, Math.Min(Places, batch.Length));
        var sampling = new Sampling { Greedy = true, MaxNewTokens = Math.Min(NewTokens, model.MaxPositions - batch.Length) };
        IPolicy policy = source.Latent is { } latent ? latent.Policy() : source.Checkpoint.Unrestricted();
        scope.MoveToOuter(((Tensor?[])[read.Logits, read.CodeLogits, read.Codes]).OfType<Tensor>());
        return new Answer(read, batch.Lengths, sampling,
            sampling.MaxNewTokens < 1 ? [] : policy.Sample(prompts, 1, sampling, default));
    }

    // Of the last tokens; where codes act, under the most probable of each.
    private static OnnxOutput Read(IVisionLanguageModel model, LatentModules? latent, Prompt[] prompts, int places)
    {
        var cache = new KvCache(model.Layers, latent?.Tap);
        Prefilled read = model.Prefill(prompts, cache);
        Tensor hidden = Last(read.Hidden);
        if (latent is null)
            return new OnnxOutput(Plain(model.Logits(hidden)), null, null);

        Tensor codeLogits = latent.Policy.Logits(Last(latent.Policy.Prefill(
            cache.Tapped ?? read.Hidden, read.Rope, read.Lengths, new KvCache(latent.Policy.Depth))));          // [P, places, K]
        Tensor codes = codeLogits.argmax(-1);
        return new OnnxOutput(
            Plain(latent.Tokens(model, hidden, codes)), Plain(codeLogits), codes.cpu());

        Tensor Last(Tensor all) => all.narrow(1, all.shape[1] - places, places);

        Tensor Plain(Tensor logits) => logits.to(ScalarType.Float32).cpu();
    }

    // Over real tokens: what padding gives is not defined.
    private static double Difference(Tensor expected, Tensor given, int[] lengths)
    {
        long places = expected.shape[1];
        Tensor apart = (expected - given).abs().amax([-1]);                                    // [P, places]
        Tensor real = tensor(lengths).unsqueeze(1).gt(arange(places - 1, -1, -1).unsqueeze(0));
        return apart.masked_select(real).max().item<float>();
    }

    private static int Same(Rollout[] expected, Rollout[] given, Func<Rollout, int[]> of) => expected.Zip(given).Sum(pair =>
        of(pair.First).Zip(of(pair.Second)).TakeWhile(item => item.First == item.Second).Count());

    private static RgbImage Image(int width, int height) => new(width, height,
        [.. Enumerable.Range(0, 3 * width * height).Select(i => (byte)(i * 31 / 3 % 256))]);

    /// <summary>What the engine makes of a case.</summary>
    /// <param name="Read">Logits of the last tokens, on the processor.</param>
    /// <param name="Lengths">Of the prompts.</param>
    /// <param name="Sampling">How the greedy answer was sampled.</param>
    /// <param name="Greedy">One for each prompt, or none.</param>
    private sealed record Answer(OnnxOutput Read, int[] Lengths, Sampling Sampling, Rollout[] Greedy);
}
