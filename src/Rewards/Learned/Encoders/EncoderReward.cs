using System.Globalization;

namespace Vlm.Rewards.Learned;

/// <summary>
/// An encoder's reward: how well what was written fits the example's images; or, with goals, how well the images show them, which is
/// the reward of a screen or another state.
/// </summary>
public sealed class EncoderReward : ILearnedReward
{
    private const double ClipScoreWeight = 2.5;     // w of Hessel et al. 2021, section 3

    private readonly ImageTextEncoder _encoder;
    private readonly EncoderRewardOptions _options;
    private readonly double[]? _goal;
    private readonly double[] _baseline;

    /// <summary>A reward, which owns its encoder from here on.</summary>
    /// <param name="encoder">Embeds images and texts.</param>
    /// <param name="options">What is paid; null for the similarity of completion and images.</param>
    /// <exception cref="UsageException">The options cannot be computed; the encoder stays the caller's.</exception>
    public EncoderReward(ImageTextEncoder encoder, EncoderRewardOptions? options = null)
    {
        (_encoder, _options) = (encoder, options ?? new EncoderRewardOptions());
        _options.Check();
        _goal = _options.Goals.Count > 0 ? GoalBaseline.Mean(encoder.EmbedTexts(_options.Goals)) : null;
        _baseline = _options.Baselines.Count > 0 ? GoalBaseline.Mean(encoder.EmbedTexts(_options.Baselines)) : [];
        if (_goal is not null && Coincide(_goal))
            throw new UsageException(
                "goals and baselines say the same: there is no line from one to the other", $"Goals = {string.Join(" | ", _options.Goals)}",
                "a baseline that leaves out what the goal is about");
    }

    /// <inheritdoc/>
    public string Name => _options.Name;

    /// <inheritdoc/>
    /// <remarks>An example without an image is not scored. Images and texts of a step are embedded once each.</remarks>
    public Task<IReadOnlyList<LearnedScore>> ScoreAsync(IReadOnlyList<Completion> completions, CancellationToken cancel = default) =>
        Task.Run(() => Score(completions, cancel), cancel);

    /// <inheritdoc/>
    public void Dispose() => _encoder.Dispose();

    private IReadOnlyList<LearnedScore> Score(IReadOnlyList<Completion> completions, CancellationToken cancel)
    {
        Completion[] pictured = [.. completions.Where(completion => completion.Example.Images.Count > 0)];
        (ImageSource Image, string Where)[] images =
            [.. pictured.SelectMany(completion => completion.Example.Images.Select(image => (image, completion.Example.Id)))];
        var states = new Queue<double[]>(_encoder.EmbedImages(images, cancel));
        var texts = new Queue<double[]>(_goal is null ? _encoder.EmbedTexts([.. pictured.Select(one => one.Text)], cancel) : []);
        return [.. completions.Select(completion => completion.Example.Images.Count == 0
            ? LearnedScore.NotScored("the example has no image to compare with")
            : Score([.. completion.Example.Images.Select(_ => states.Dequeue())], _goal ?? texts.Dequeue()))];
    }

    private LearnedScore Score(double[][] states, double[] text)
    {
        if (Coincide(text))
            return LearnedScore.NotScored("what was written says the same as the baseline");
        double[] values = [.. states.Select(state => Value(state, text))];
        double value = _options.Images == SeveralImages.Max ? values.Max() : values.Average();
        string of = values.Length == 1 ? "" : $" ({_options.Images.ToString().ToLowerInvariant()} of {values.Length} images)";
        return LearnedScore.Of(_options.Scale * value, string.Create(CultureInfo.InvariantCulture, $"{Kind} {value:0.000}{of}"));
    }

    private string Kind => _options.Form switch
    {
        EncoderForm.ClipScore => "CLIPScore",
        EncoderForm.GoalBaseline => "goal",
        _ => "cosine",
    };

    private double Value(double[] state, double[] text) => _options.Form switch
    {
        EncoderForm.ClipScore => ClipScoreWeight * Math.Max(GoalBaseline.Dot(state, text), 0),
        EncoderForm.GoalBaseline => GoalBaseline.Reward(state, text, _baseline, _options.Alpha),
        _ => GoalBaseline.Dot(state, text),
    };

    private bool Coincide(double[] goal) =>
        _options is { Form: EncoderForm.GoalBaseline, Alpha: > 0 } && goal.AsSpan().SequenceEqual(_baseline);
}
