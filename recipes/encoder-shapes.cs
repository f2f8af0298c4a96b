#!/usr/bin/env dotnet
// Train a small CLIP from nothing: an encoder that knows which caption belongs to which drawing, as ONNX graphs for --reward clip:DIR.
#:project ../src/Grpo/Grpo.csproj
#:project ../src/Rewards/Learned/Learned.csproj
#:project Cli/Cli.csproj
#:project ../datasets/Datasets.csproj
#:property PublishAot=false

//   ./vlm encoder-shapes --out runs/encoder
//   ./vlm encoder-shapes --smoke
//
// Symmetric InfoNCE over a batch of drawings and captions (Radford et al. 2021, https://arxiv.org/abs/2103.00020, figure 3), beside each
// caption one with a fault as a hard negative (Yuksekgonul et al. 2023, https://arxiv.org/abs/2210.01936). The result,
// runs/encoder/model, has the form of the hub's CLIP exports. Test scenes never are training scenes. docs/encoders.md has the scores.

using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Recipes.Cli;
using TorchSharp;
using TorchSharp.Modules;
using Vlm;
using Vlm.Datasets;
using Vlm.Engine;
using Vlm.Grpo;
using Vlm.Rewards.Learned;
using Vlm.Text;

return RecipeCommand.Run<EncoderShapesOptions>(args, "encoder-shapes", "train a small image-text encoder from nothing", run =>
{
    const string TokenizerFile = "tokenizer.json";
    EncoderShapesOptions options = run.Options;
    string vocabulary = run.LatestCheckpoint is { } saved ? File.ReadAllText(Path.Combine(saved.Path, TokenizerFile)).TrimEnd('\n')
        : ClipTokens.Learn(ShapesPairs.Texts(run.Seed), options.Vocabulary);
    Tokenizer tokenizer = Tokenizer.Parse(vocabulary, null, TokenizerFile);
    using ClipModel model = run.LatestCheckpoint is { } begun ? ClipModel.Load(begun.Path, run.Device)
        : ClipModel.New(options.Sizes(tokenizer), run.Seed, run.Device);
    FusedAdamW optimizer = options.Optimizer(model);
    if (run.LatestCheckpoint is { } moments)
        TrainingCheckpoint.Load(moments.Path, model.Trainable, optimizer);

    var pairs = new ShapesPairs(run.Seed, new EncoderImageProcessor(ClipFolder.ImageOptions(model.Config)), tokenizer, run.Device);
    ShapesPair[] validation = Held(Split.Validation, options.Validation);
    run.Phase("contrastive", options.Steps);
    for (long step = run.FirstStep; step <= options.Steps && !run.Cancelled; step++)
    {
        var clock = new StepClock();
        (double loss, double norm) = Update(step);
        run.Log(step, [(Metric.Loss, loss), (Metric.GradNorm, norm), (Metric.LearningRate, options.LearningRate * options.Schedule.Multiplier(step)),
            (Metric.StepSeconds, clock.Seconds), (Metric.PeakMemory, Math.Round(Machine.PeakMemoryMb())),
            .. step % options.EvalSteps == 0 || step == options.Steps ? Shown(Score(validation)) : []]);
        run.SaveIfDue(step, options.Checkpoints, folder => TrainingCheckpoint.Fill(
            folder, TrainingState.At(step, run.Seed, options), model.Trainable, optimizer, Write));
    }
    if (run.Cancelled)
        return;

    string result = Path.Combine(run.Folder, "model");
    CompleteFolder.Write(result, Write);
    using ImageTextEncoder encoder = ImageTextEncoder.Load(result, new ImageTextEncoderOptions { Logger = run.Logger });
    EncoderScores test = EncoderScores.Of(encoder, Held(Split.Test, options.Test));
    run.Say($"caption among {EncoderScores.Among}: {test.ImageToText:P1}   image: {test.TextToImage:P1}   "
        + $"wrong color {test.WrongColor:P1}   missing {test.Missing:P1}   invented {test.Invented:P1}");
    run.Finish(new { test });

    void Write(string folder) => ClipFolder.Write(folder, model, vocabulary);

    ShapesPair[] Held(Split split, int count) => [.. Enumerable.Range(0, count).Select(i => pairs.Pair(split, i))];

    (double Loss, double Norm) Update(long step)
    {
        using var scope = torch.NewDisposeScope();
        ShapesPair[] batch = [.. Enumerable.Range(0, options.BatchSize).Select(i => pairs.Pair(Split.Train, (step - 1) * options.BatchSize + i))];
        string[] texts = [.. batch.Select(pair => pair.Caption), .. options.HardNegatives
            ? batch.Select((pair, i) => pair.Wrong[(int)((step + i) % pair.Wrong.Count)]) : []];
        foreach (torch.optim.ILearningRateController group in optimizer.ParamGroups)
            group.LearningRate = options.LearningRate * options.Schedule.Multiplier(step);
        optimizer.zero_grad();
        torch.Tensor loss = ClipLoss.InfoNce(
            model.Images(pairs.Pixels(batch)), model.Texts(pairs.Ids(texts, model.Config.MaxPositions)), model.LogitScale);
        loss.backward();
        optimizer.Collect();
        double norm = optimizer.Clip(options.MaxGradNorm);
        if (!double.IsFinite(norm))
            throw new NonFiniteException("gradient", step, [.. batch.Select(pair => pair.Id)]);
        optimizer.step();
        return (loss.item<float>(), norm);
    }

    EncoderScores Score(ShapesPair[] held)
    {
        using var off = torch.no_grad();
        return EncoderScores.Of(
            Rows(held, some => model.Images(pairs.Pixels(some))), Texts(pair => pair.Caption),
            [.. Enumerable.Range(0, FaultyCaptions.Faults.Count).Select(fault => Texts(pair => pair.Wrong[fault]))]);

        double[][] Texts(Func<ShapesPair, string> text) =>
            Rows(held, some => model.Texts(pairs.Ids([.. some.Select(text)], model.Config.MaxPositions)));
    }

    static double[][] Rows(ShapesPair[] held, Func<ShapesPair[], torch.Tensor> embed) => [.. held.Chunk(64).SelectMany(some =>
    {
        using var scope = torch.NewDisposeScope();
        torch.Tensor rows = ClipLoss.Unit(embed(some)).to(torch.ScalarType.Float64).cpu();
        return rows.data<double>().ToArray().Chunk((int)rows.shape[1]).ToArray();
    })];

    static (string, double)[] Shown(EncoderScores scores) =>
    [
        ($"{Metric.Eval}/image_to_text_r1", scores.ImageToText), ($"{Metric.Eval}/text_to_image_r1", scores.TextToImage),
        ($"{Metric.Eval}/wrong_color", scores.WrongColor), ($"{Metric.Eval}/missing", scores.Missing), ($"{Metric.Eval}/invented", scores.Invented),
    ];
});

/// <summary>Options.</summary>
sealed record EncoderShapesOptions : IOptionRules
{
    private const string Shape = "Model";

    [Description("updates"), Range(1, int.MaxValue), Option(Smoke = 2)]
    public int Steps { get; init; } = 1500;

    [Description("drawings in one step, each with its caption: more are harder to tell apart"), Range(2, int.MaxValue), Option(Smoke = 8)]
    public int BatchSize { get; init; } = 64;

    [Description("beside each caption one with a fault, which the drawing must tell from its own")]
    public bool HardNegatives { get; init; } = true;

    [Description("peak learning rate"), Range(0d, 1d, MinimumIsExclusive = true)]
    public double LearningRate { get; init; } = 1e-3;

    [Description("updates in which the rate rises"), Range(0, int.MaxValue), Option(Smoke = 0)]
    public int WarmupSteps { get; init; } = 100;

    [Description("what matrices lose per update, times the rate"), Range(0d, double.MaxValue)]
    public double WeightDecay { get; init; } = 0.05;

    [Description("bound of the gradient's norm; 0 has none"), Range(0d, double.MaxValue)]
    public double MaxGradNorm { get; init; } = 1;

    [Description("updates between evaluations on validation scenes"), Range(1, int.MaxValue), Option(Smoke = 1)]
    public int EvalSteps { get; init; } = 250;

    [Description("validation scenes"), Range(2, int.MaxValue), Option(Smoke = 8)]
    public int Validation { get; init; } = 256;

    [Description("test scenes"), Range(2, int.MaxValue), Option(Smoke = 8)]
    public int Test { get; init; } = 1024;

    /// <summary>How often checkpoints are saved, and how many stay.</summary>
    public CheckpointOptions Checkpoints { get; init; } = new() { SaveSteps = 250 };

    [Description("width of the tower of images; heads are 32 wide"), Category(Shape), Range(32, int.MaxValue), Option(Smoke = 32)]
    public int VisionWidth { get; init; } = 96;

    [Description("layers of the tower of images"), Category(Shape), Range(1, int.MaxValue), Option(Smoke = 1)]
    public int VisionLayers { get; init; } = 3;

    [Description("width of the tower of texts; heads are 32 wide"), Category(Shape), Range(32, int.MaxValue), Option(Smoke = 32)]
    public int TextWidth { get; init; } = 64;

    [Description("layers of the tower of texts"), Category(Shape), Range(1, int.MaxValue), Option(Smoke = 1)]
    public int TextLayers { get; init; } = 2;

    [Description("width of the space that both share"), Category(Shape), Range(1, int.MaxValue), Option(Smoke = 16)]
    public int ProjectionDim { get; init; } = 64;

    [Description("most tokens of the vocabulary, which is learned from captions"), Category(Shape), Range(520, int.MaxValue)]
    public int Vocabulary { get; init; } = 640;

    internal Schedule Schedule => new(ScheduleShape.Cosine, WarmupSteps, Steps, 0.02);

    /// <inheritdoc/>
    public IEnumerable<OptionRule> Rules() =>
    [
        new(nameof(WarmupSteps), WarmupSteps < Steps, $"must be < Steps ({Steps})", Steps - 1),
        new(nameof(VisionWidth), VisionWidth % 32 == 0, "must be a multiple of 32", 96),
        new(nameof(TextWidth), TextWidth % 32 == 0, "must be a multiple of 32", 64),
    ];

    internal ClipConfig Sizes(Tokenizer tokenizer) => new()
    {
        Vision = new(VisionWidth, VisionLayers, VisionWidth / 32, 4 * VisionWidth),
        Text = new(TextWidth, TextLayers, TextWidth / 32, 4 * TextWidth),
        ProjectionDim = ProjectionDim,
        VocabSize = tokenizer.VocabularySize,
        BosId = tokenizer.IdOf(ClipTokens.Start)!.Value,
        EosId = tokenizer.IdOf(ClipTokens.End)!.Value,
    };

    // Norms, biases and the temperature are not drawn to 0.
    internal FusedAdamW Optimizer(ClipModel model)
    {
        ILookup<bool, Parameter> matrices = model.Trainable.Select(item => item.Value).ToLookup(value => value.shape.Length > 1);
        return new([Group(matrices[true], WeightDecay), Group(matrices[false], 0)]);

        AdamW.ParamGroup Group(IEnumerable<Parameter> values, double decay) => new(values, LearningRate, 0.9, 0.98, weight_decay: decay);
    }
}
