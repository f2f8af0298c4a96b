using System.Globalization;
using TorchSharp;
using Vlm;
using Vlm.Datasets;
using Vlm.Grpo;
using Vlm.Images;

/// <summary>Recordings with the moves that an inverse dynamics model says were made.</summary>
/// <param name="Labelled">States with such a move, those of test questions left out.</param>
/// <param name="Accuracy">Share of moves that it names right on labelled recordings that it has not learned from.</param>
/// <param name="AccuracyPast">The same of a model that sees no picture of what a move brought about.</param>
/// <param name="LabelAccuracy">Share of the labels of <paramref name="Labelled"/> that are right, which only this toy can tell.</param>
/// <param name="Loss">Of the model's last steps, in nats.</param>
/// <param name="Seed">The run's.</param>
sealed record PseudoLabels(
    IReadOnlyList<(GridState State, Move Move)> Labelled, double Accuracy, double AccuracyPast, double LabelAccuracy, double Loss, long Seed)
{
    private const int Checked = 20;

    /// <summary>What the recipe says of them.</summary>
    public string Line => string.Create(CultureInfo.InvariantCulture,
        $"inverse dynamics: {Accuracy:P1} of moves right with the pictures after them, {AccuracyPast:P1} without; "
            + $"{Labelled.Count:N0} labels, {LabelAccuracy:P1} right");

    /// <summary>Logged with the first step.</summary>
    public IEnumerable<KeyValuePair<string, double>> Metrics =>
    [
        new($"{Metric.InverseDynamics}/loss", Loss), new($"{Metric.InverseDynamics}/accuracy", Accuracy),
        new($"{Metric.InverseDynamics}/accuracy_past", AccuracyPast),
    ];

    /// <summary>Trains the model on labelled walks, and labels those of somebody who knows the way.</summary>
    internal static PseudoLabels Of(PseudoLabelOptions options, long seed, torch.Device device)
    {
        GridRecording[] labelled = Recordings(options.LabelledRecordings, i => GridWorld.Wander(seed, i, options.RecordingLength)),
            held = Recordings(Checked, i => GridWorld.Wander(seed + 1, i, options.RecordingLength)),
            unlabelled = Recordings(options.UnlabelledRecordings, i => GridWorld.Seek(seed, i, options.RecordingLength));
        using var model = new InverseDynamics((2 * options.Around) + 1, Enum.GetValues<Move>().Length, seed, device);
        using var past = new InverseDynamics(options.Around + 1, Enum.GetValues<Move>().Length, seed, device);
        var learning = new InverseDynamicsOptions(options.LabelSteps);
        double loss = Learn(model, options.Around);
        _ = Learn(past, 0);
        Seen[] seen = [.. unlabelled.SelectMany(recording => Moments(recording, options.Around, options.Around))];
        var labels = seen.Zip(model.Label([.. seen.Select(moment => moment.Pictures)]),
                (moment, label) => (moment.State, moment.Move, label.Action, label.Probability))
            .Where(label => label.Probability >= options.MinProbability && GridWorld.SplitOf(label.State) == Split.Train).ToList();
        if (labels.Count == 0)
            throw new UsageException($"no label of {seen.Length} is as sure as {OptionText.Show(options.MinProbability)}",
                $"--min-probability {OptionText.Show(options.MinProbability)}", "--min-probability with a smaller number, or more --label-steps");
        return new([.. labels.Select(label => (label.State, (Move)label.Action))], Right(model, options.Around), Right(past, 0),
            labels.Average(label => label.Action == (int)label.Move ? 1.0 : 0), loss, seed);

        double Learn(InverseDynamics one, int after)
        {
            Seen[] moments = [.. labelled.SelectMany(recording => Moments(recording, options.Around, after))];
            return one.Learn([.. moments.Select(moment => moment.Pictures)], [.. moments.Select(moment => (int)moment.Move)], learning, seed);
        }

        double Right(InverseDynamics one, int after)
        {
            Seen[] moments = [.. held.SelectMany(recording => Moments(recording, options.Around, after))];
            return moments.Zip(one.Label([.. moments.Select(moment => moment.Pictures)])).Average(pair => (int)pair.First.Move == pair.Second.Action ? 1.0 : 0);
        }
    }

    /// <summary>What is cloned in a step: the labels in an order of their own, pass by pass.</summary>
    internal Example[] Examples(int step, int count)
    {
        var order = new PassOrder(Labelled.Count, pass => new RandomStream(Seed, "pseudo-labels", pass));
        return [.. Enumerable.Range((step - 1) * count, count).Select(i => order[i]).Select(row =>
            GridWorld.Ask(Labelled[row].State, string.Create(CultureInfo.InvariantCulture, $"recording-{row}"), Labelled[row].Move))];
    }

    private static GridRecording[] Recordings(int count, Func<int, GridRecording> make) => [.. Enumerable.Range(0, count).Select(make)];

    private static IEnumerable<Seen> Moments(GridRecording recording, int before, int after)
    {
        RgbImage[] pictures = [.. recording.States.Select(GridWorld.Draw)];
        return InverseDynamics.Moments(pictures, before, after)
            .Select(moment => new Seen(recording.States[moment.Action], recording.Moves[moment.Action], moment.Pictures));
    }

    private sealed record Seen(GridState State, Move Move, RgbImage[] Pictures);
}
