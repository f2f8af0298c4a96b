namespace Vlm.Datasets;

/// <summary>The order in which training meets examples: position 0, 1, 2 ... without end.</summary>
/// <remarks>
/// The example at a position follows from the data and the seed alone. A resumed run asks for the positions after its last step
/// and meets what it would have met, whatever it asked before; nothing has to be saved. For one thread.
/// </remarks>
public sealed class ExampleStream
{
    private readonly Func<long, Example> _at;
    private readonly Func<long, long>? _row;
    private readonly Func<long, Example>? _of;

    private ExampleStream(Func<long, Example> at, long? epoch) => (_at, Epoch) = (at, epoch);

    private ExampleStream(Func<long, long> row, Func<long, Example> of, long? epoch) : this(position => of(row(position)), epoch) =>
        (_row, _of) = (row, of);

    /// <summary>Positions of one epoch: as many as there are examples; null where they never end.</summary>
    public long? Epoch { get; }

    /// <summary>The example at a position, from 0.</summary>
    public Example this[long position] => _at(position);

    /// <summary>The number of the example at a position: the same wherever it comes again.</summary>
    /// <param name="position">From 0.</param>
    /// <exception cref="InvalidOperationException">It is a mixture, whose parts have numbers of their own.</exception>
    public long Row(long position) => _row is { } row ? row(position) : throw Mixed();

    /// <summary>The example of a number that <see cref="Row"/> gave.</summary>
    /// <inheritdoc cref="Row"/>
    public Example Of(long row) => _of is { } of ? of(row) : throw Mixed();

    /// <summary>Neighbouring positions.</summary>
    /// <param name="first">The first of them.</param>
    /// <param name="count">How many.</param>
    public IEnumerable<Example> Take(long first, int count) => Enumerable.Range(0, count).Select(i => _at(first + i));

    /// <summary>Examples that are made as they are asked for, and never end.</summary>
    /// <param name="make">From a position.</param>
    public static ExampleStream Generated(Func<long, Example> make) => new(position => position, make, null);

    /// <summary>Every example once in each epoch, in an order that the epoch's number and the seed give.</summary>
    /// <param name="examples">At least one.</param>
    /// <param name="seed">The run's.</param>
    /// <param name="part">Tells the orders of several streams of one run apart.</param>
    public static ExampleStream Shuffled(IReadOnlyList<Example> examples, long seed, int part = 0)
    {
        ArgumentOutOfRangeException.ThrowIfZero(examples.Count);
        var order = new PassOrder(examples.Count, epoch => new(seed, "epoch", epoch, part));
        return new(position => order[position], row => examples[(int)row], examples.Count);
    }

    /// <summary>
    /// Some of the positions of a stream without end, where kinds of questions come in turn: those whose turn is one of these.
    /// </summary>
    /// <param name="turns">Turns of a round, from 0, in order.</param>
    /// <param name="round">How many turns a round has.</param>
    public ExampleStream Turns(IReadOnlyList<int> turns, int round) =>
        new(position => Row((position / turns.Count * round) + turns[(int)(position % turns.Count)]), Of, null);

    /// <summary>Streams in turn, each as often as its weight says, spread evenly; an epoch is as many positions as all have.</summary>
    /// <remarks>
    /// Position p is of the stream that is furthest behind its share: whose weight times p + 1 exceeds most what it had. After n
    /// positions each stream is within one of its share of n.
    /// </remarks>
    /// <param name="parts">Streams with weights above 0.</param>
    public static ExampleStream Mixture(IReadOnlyList<(ExampleStream Stream, double Weight)> parts)
    {
        foreach ((_, double weight) in parts)
            if (!(weight > 0 && double.IsFinite(weight)))
                throw new UsageException($"a part of the mixture has weight {OptionText.Show(weight)}", "the mixture of data",
                    "a weight above 0, or the mixture without that part");
        double whole = parts.Sum(part => part.Weight);
        double[] shares = [.. parts.Select(part => part.Weight / whole)];
        var had = new long[parts.Count];
        long next = 0;
        return new(At, parts.Any(part => part.Stream.Epoch is null) ? null : parts.Sum(part => part.Stream.Epoch));

        Example At(long position)
        {
            if (position < next)
                (next, had) = (0, new long[parts.Count]);
            while (next < position)
                had[Turn()]++;
            int turn = Behind(position);
            return parts[turn].Stream[had[turn]];
        }

        int Turn() => Behind(next++);

        int Behind(long position) =>
            Enumerable.Range(0, shares.Length).MaxBy(i => (shares[i] * (position + 1)) - had[i]);
    }

    private static InvalidOperationException Mixed() => new("examples of a mixture have numbers in its parts alone");
}
