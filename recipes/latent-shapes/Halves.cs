using System.Globalization;
using TorchSharp;
using Vlm;
using Vlm.Datasets;
using Vlm.Grpo;
using Vlm.LatentActions;
using Vlm.Models;

/// <summary>The examples of this experiment: drawings with words and words alone, and what the base makes of them.</summary>
sealed class Halves : IDisposable
{
    private readonly VlmCheckpoint _start;
    private readonly LatentShapesOptions _options;
    private readonly long _seed;
    private readonly HashSet<int> _silent;
    private readonly int[] _pairs, _texts;
    private FeatureCache? _paired, _told;

    /// <param name="start">Makes prompts.</param>
    /// <param name="options">Kinds, and how many.</param>
    /// <param name="seed">The run's.</param>
    internal Halves(VlmCheckpoint start, LatentShapesOptions options, long seed)
    {
        (_start, _options, _seed) = (start, options, seed);
        _silent = [start.Model.ImageToken, .. start.Processor.Tokenizer.SpecialIds.Except(start.EndTokens)];
        _pairs = [.. All.Select(i => AnswerOf(Pair(Split.Train, i).Answer).Length)];
        _texts = [.. All.Select(i => AnswerOf(Shapes.TextOnly(seed, Split.Train, i).Answer).Length)];
    }

    private IEnumerable<int> All => Enumerable.Range(0, _options.Sequences);

    /// <summary>Reads everything with a base that moves no more, or finds what it made of it on the disk.</summary>
    /// <param name="checkpoint">The base.</param>
    /// <param name="folder">Where its states are kept.</param>
    /// <param name="device">Where the base computes.</param>
    internal void Read(string checkpoint, string folder, torch.Device device)
    {
        if (_told is not null)
            return;
        using IVisionLanguageModel model = VlmCheckpoint.Load(checkpoint, device).Model;
        _paired = Cache("pairs", i => Drawn(Split.Train, i));
        _told = Cache("texts", Told);

        FeatureCache Cache(string half, Func<int, Prompt> sequence)
        {
            string data = string.Create(CultureInfo.InvariantCulture,
                $"shapes, {half}, seed {_seed}, {_options.Sequences}, {string.Join(' ', _options.Kinds)}, loose {_options.Loose}");
            return FeatureCache.OpenOrWrite(Path.Combine(folder, $"{half}.safetensors"),
                FeatureCache.Key(model, data), model, () => [.. All.Select(sequence)]);
        }
    }

    /// <summary>A question with its truth, as a reward needs it.</summary>
    internal Prompt Ask(Split split, long seed, long index) =>
        PromptOf(Shapes.Example(seed, split, index, _options.Asked(loose: 0)));

    /// <summary>A pair as a target of a policy over tokens.</summary>
    internal Rollout Target(int index)
    {
        Example pair = Pair(Split.Train, index);
        return SupervisedUpdate.Target(PromptOf(pair), AnswerOf(pair.Answer));
    }

    /// <summary>Words alone as a target of a policy over tokens.</summary>
    internal Rollout ToldTarget(int index)
    {
        Example example = Shapes.TextOnly(_seed, Split.Train, index);
        return SupervisedUpdate.Target(PromptOf(example), AnswerOf(example.Answer));
    }

    /// <summary>What the base made of pairs.</summary>
    internal LatentRows Pairs(int[] some, LatentViews views) => Labelled(_paired!.Rows(some, _silent, _start.Model.Device, views), some, _pairs);

    /// <summary>What the base made of words alone.</summary>
    internal LatentRows Texts(int[] some) => Labelled(_told!.Rows(some, _silent, _start.Model.Device, LatentViews.Blind), some, _texts);

    /// <summary>Drawings that nothing learns from, as a base reads them.</summary>
    internal LatentRows Unseen(IVisionLanguageModel model)
    {
        (Prompt[] rows, torch.Tensor labels) = Live(Split.Validation, [.. Enumerable.Range(0, _options.Watched)]);
        return LatentRows.Read(model, rows, _silent, LatentViews.Both) with { Labels = labels.to(model.Device) };
    }

    /// <summary>Pairs as a base reads them that has moved since their states were kept.</summary>
    internal LatentRows PairsNow(IVisionLanguageModel model, int[] some, LatentViews views) => Labelled(
        LatentRows.Read(model, [.. some.Select(i => Drawn(Split.Train, i))], _silent, views), some, _pairs);

    /// <summary>Words alone as such a base reads them.</summary>
    internal LatentRows TextsNow(IVisionLanguageModel model, int[] some) => Labelled(
        LatentRows.Read(model, [.. some.Select(Told)], _silent, LatentViews.Blind), some, _texts);

    /// <summary>Pairs to be read now, and what is to be learned of them.</summary>
    internal (Prompt[] Rows, torch.Tensor Labels) Live(Split split, int[] some)
    {
        Prompt[] rows = [.. some.Select(i => Drawn(split, i))];
        torch.Tensor labels = LatentRows.LabelsOf(rows, _silent);
        return (rows, _options.LearnPrompts ? labels
            : LatentLosses.Last(labels, [.. some.Select(i => AnswerOf(Pair(split, i).Answer).Length)]));
    }

    public void Dispose()
    {
        _paired?.Dispose();
        _told?.Dispose();
    }

    private LatentRows Labelled(LatentRows rows, int[] some, int[] answers) => _options.LearnPrompts ? rows
        : rows with { Labels = LatentLosses.Last(rows.Labels, [.. some.Select(i => answers[i])]) };

    private Example Pair(Split split, int index) =>
        Shapes.Paired(_seed, split, index, _options.Asked(_options.Loose));

    private Prompt PromptOf(Example example) => _start.Processor.Prompt(example);

    private Prompt Drawn(Split split, int index)
    {
        Example pair = Pair(split, index);
        return Answered(PromptOf(pair), pair.Answer);
    }

    private Prompt Told(int index)
    {
        Example example = Shapes.TextOnly(_seed, Split.Train, index);
        return Answered(PromptOf(example), example.Answer);
    }

    private Prompt Answered(Prompt prompt, string answer) =>
        prompt with { Tokens = [.. prompt.Tokens, .. AnswerOf(answer)] };

    private int[] AnswerOf(string answer) => _start.Processor.Completion(answer);
}
