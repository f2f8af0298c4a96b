using System.Globalization;
using TorchSharp;
using Vlm;
using Vlm.Datasets;
using Vlm.Grpo;
using Vlm.LatentActions;
using Vlm.Models;

/// <summary>Paired data (drawings with a question and its answer), text-only data, and the base's states of both.</summary>
sealed class PairedAndTextData : IDisposable
{
    private readonly VlmCheckpoint _start;
    private readonly LearnOptions _options;
    private readonly LatentPreset _preset;
    private readonly ShapesPrompts _shapes;
    private readonly long _seed;
    private readonly HashSet<int> _ignoredTokens;
    private readonly int[] _pairAnswers, _textAnswers;      // lengths
    private FeatureCache? _pairs, _texts;

    /// <param name="start">Makes prompts.</param>
    /// <param name="options">How many.</param>
    /// <param name="preset">The annotators' share, and whether prompts are trained on.</param>
    /// <param name="shapes">Makes questions.</param>
    /// <param name="seed">The run's.</param>
    internal PairedAndTextData(VlmCheckpoint start, LearnOptions options, LatentPreset preset, ShapesPrompts shapes, long seed)
    {
        (_start, _options, _preset, _shapes, _seed) = (start, options, preset, shapes, seed);
        _ignoredTokens = [start.Model.ImageToken, .. start.Processor.Tokenizer.SpecialIds.Except(start.EndTokens)];
        _pairAnswers = [.. All.Select(i => AnswerOf(Pair(Split.Train, i).Answer).Length)];
        _textAnswers = [.. All.Select(i => AnswerOf(Text(i).Answer).Length)];
    }

    private IEnumerable<int> All => Enumerable.Range(0, _options.Sequences);

    /// <summary>Computes the states of a base that no stage trains any more, or opens the files that hold them.</summary>
    /// <param name="checkpoint">The base.</param>
    /// <param name="folder">Where its states are kept.</param>
    /// <param name="device">Where the base computes.</param>
    internal void Cache(string checkpoint, string folder, torch.Device device)
    {
        if (_texts is not null)
            return;
        using IVisionLanguageModel model = VlmCheckpoint.Load(checkpoint, device).Model;
        _pairs = Open("pairs", i => PairSequence(Split.Train, i));
        _texts = Open("texts", TextSequence);

        FeatureCache Open(string name, Func<int, Prompt> sequence)
        {
            string data = string.Create(CultureInfo.InvariantCulture,
                $"shapes, {name}, seed {_seed}, {_options.Sequences}, {_shapes.Kinds}, loose {_preset.AlternateAnnotatorRate}");
            return FeatureCache.OpenOrWrite(Path.Combine(folder, $"{name}.safetensors"),
                FeatureCache.Key(model, data), model, () => [.. All.Select(sequence)]);
        }
    }

    /// <summary>A pair as a target of a policy over tokens.</summary>
    internal Rollout PairTarget(int index)
    {
        Example pair = Pair(Split.Train, index);
        return SupervisedUpdate.Target(PromptOf(pair), AnswerOf(pair.Answer));
    }

    /// <summary>A text-only example as a target of a policy over tokens.</summary>
    internal Rollout TextTarget(int index)
    {
        Example text = Text(index);
        return SupervisedUpdate.Target(PromptOf(text), AnswerOf(text.Answer));
    }

    /// <summary>Pairs as the base reads them.</summary>
    /// <param name="indices">Which.</param>
    /// <param name="views">With the image, without, or both.</param>
    /// <param name="moved">A base that was trained since its states were cached, or of which a layer is tapped; null takes these.</param>
    /// <param name="tap">The layer that a branch reads; null for none. The cache does not hold it.</param>
    internal LatentRows Pairs(int[] indices, LatentViews views, IVisionLanguageModel? moved, int? tap = null) => WithLabels(moved is null
        ? _pairs!.Rows(indices, _ignoredTokens, _start.Model.Device, views)
        : LatentRows.Read(moved, [.. indices.Select(i => PairSequence(Split.Train, i))], _ignoredTokens, views, tap), indices, _pairAnswers);

    /// <summary>Text-only examples as the base reads them.</summary>
    /// <inheritdoc cref="Pairs"/>
    internal LatentRows Texts(int[] indices, IVisionLanguageModel? moved, int? tap = null) => WithLabels(moved is null
        ? _texts!.Rows(indices, _ignoredTokens, _start.Model.Device, LatentViews.TextOnly)
        : LatentRows.Read(moved, [.. indices.Select(TextSequence)], _ignoredTokens, LatentViews.TextOnly, tap), indices, _textAnswers);

    /// <summary>Validation pairs as a base reads them, for diagnostics.</summary>
    internal LatentRows Validation(IVisionLanguageModel model, int? tap = null)
    {
        (Prompt[] rows, torch.Tensor labels) = Sequences(Split.Validation, [.. Enumerable.Range(0, _options.Watched)]);
        return LatentRows.Read(model, rows, _ignoredTokens, LatentViews.Both, tap) with { Labels = labels.to(model.Device) };
    }

    /// <summary>Validation pairs as targets, for what compares codes with tokens.</summary>
    /// <param name="count">How many.</param>
    internal Rollout[] ValidationTargets(int count) => [.. Enumerable.Range(0, count).Select(i => Pair(Split.Validation, i))
        .Select(pair => SupervisedUpdate.Target(PromptOf(pair), AnswerOf(pair.Answer)))];

    /// <summary>Pairs as sequences with their labels, for a stage that trains the base.</summary>
    internal (Prompt[] Rows, torch.Tensor Labels) Sequences(Split split, int[] indices)
    {
        Prompt[] rows = [.. indices.Select(i => PairSequence(split, i))];
        torch.Tensor labels = LatentRows.LabelsOf(rows, _ignoredTokens);
        return (rows, _preset.TrainPrompts ? labels
            : LatentLosses.Last(labels, [.. indices.Select(i => AnswerOf(Pair(split, i).Answer).Length)]));
    }

    public void Dispose()
    {
        _pairs?.Dispose();
        _texts?.Dispose();
    }

    private LatentRows WithLabels(LatentRows rows, int[] indices, int[] answers) => _preset.TrainPrompts ? rows
        : rows with { Labels = LatentLosses.Last(rows.Labels, [.. indices.Select(i => answers[i])]) };

    private Example Pair(Split split, int index) => _shapes.Pair(_seed, split, index, _preset.AlternateAnnotatorRate);

    private Example Text(int index) => Shapes.TextOnly(_seed, Split.Train, index);

    private Prompt PairSequence(Split split, int index) => Sequence(Pair(split, index));

    private Prompt TextSequence(int index) => Sequence(Text(index));

    private Prompt Sequence(Example example)
    {
        Prompt prompt = PromptOf(example);
        return prompt with { Tokens = [.. prompt.Tokens, .. AnswerOf(example.Answer)] };
    }

    private Prompt PromptOf(Example example) => _start.Processor.Prompt(example);

    private int[] AnswerOf(string answer) => _start.Processor.Completion(answer);
}
