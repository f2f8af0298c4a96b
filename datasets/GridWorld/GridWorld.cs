using System.Globalization;
using Vlm.Images;

namespace Vlm.Datasets;

/// <summary>What was seen, and what was done in between.</summary>
/// <param name="States">One more than moves.</param>
/// <param name="Moves">From each state to the next.</param>
public sealed record GridRecording(IReadOnlyList<GridState> States, IReadOnlyList<Move> Moves);

/// <summary>
/// A grid in which a red circle goes to a green square, drawn as pictures: recordings of it, and the question which way to go. Everything
/// follows from (seed, split, index).
/// </summary>
/// <remarks>
/// A small stand-in for recordings of a screen, as in VPT (Baker et al. 2022, arXiv:2206.11795). A pair of places, of circle and square,
/// belongs to one split; circle and square together are asked about, recordings run through any.
/// </remarks>
public static class GridWorld
{
    /// <summary>The only kind of question.</summary>
    public const string Kind = "move";

    private const int Canvas = 64, Cell = 12, Margin = 2;

    /// <summary>A walk without an aim: each possible move is as likely as any other.</summary>
    /// <param name="seed">Any number.</param>
    /// <param name="index">Which walk.</param>
    /// <param name="length">Moves.</param>
    public static GridRecording Wander(long seed, long index, int length) =>
        Record(new RandomStream(seed, "grid-wander", index), length, (state, random) => random.Pick(state.Possible));

    /// <summary>A walk by someone who knows the way: each move brings the goal nearer, and at the goal a new one is set.</summary>
    /// <inheritdoc cref="Wander"/>
    public static GridRecording Seek(long seed, long index, int length) =>
        Record(new RandomStream(seed, "grid-seek", index), length, (state, random) => random.Pick(state.Nearer));

    /// <summary>The question which way to go, of which any way nearer to the goal is right.</summary>
    /// <param name="seed">Any number.</param>
    /// <param name="split">Which pairs of places.</param>
    /// <param name="index">From 0.</param>
    public static Example Example(long seed, Split split, long index)
    {
        var random = new RandomStream(seed, "grid-ask", (long)split, index);
        GridState state;
        do
            state = Anywhere(random);
        while (SplitOf(state) != split);
        return Ask(state, string.Create(CultureInfo.InvariantCulture, $"grid-{split.ToString().ToLowerInvariant()}-{seed}-{index}"));
    }

    /// <summary>The same question about a state.</summary>
    /// <param name="state">Not at the goal.</param>
    /// <param name="id">The example's.</param>
    /// <param name="answer">The reference; null for one of those that are right.</param>
    public static Example Ask(GridState state, string id, Move? answer = null)
    {
        string[] right = [.. state.Nearer.Select(Word)];
        return new(id, Kind, [ImageSource.FromDrawing(() => Draw(state))],
            [Message.User("Where is the green square from the red circle: up, down, left or right?", 1)],
            AcceptedAnswers.Of(right), answer is { } given ? Word(given) : right[0]);
    }

    /// <summary>The word for a move.</summary>
    public static string Word(Move move) => move.ToString().ToLowerInvariant();

    /// <summary>The split of a pair of places.</summary>
    public static Split SplitOf(GridState state) => Splits.Of(string.Create(
        CultureInfo.InvariantCulture, $"grid {state.X} {state.Y} {state.GoalX} {state.GoalY}"));

    /// <summary>The pixels of a state.</summary>
    public static RgbImage Draw(GridState state) => Shapes.Draw(new Scene(Canvas,
    [
        new(new(Size.Small, Color.Green, Shape.Square), Margin + (state.GoalX * Cell) + 1, Margin + (state.GoalY * Cell) + 1, Cell - 2, 0),
        new(new(Size.Small, Color.Red, Shape.Circle), Margin + (state.X * Cell) + 2, Margin + (state.Y * Cell) + 2, Cell - 4, 0),
    ], 0xF0F0F0));

    // A state in which there is a way to go.
    private static GridState Anywhere(RandomStream random)
    {
        GridState state;
        do
            state = new(random.Next(GridState.Side), random.Next(GridState.Side), random.Next(GridState.Side), random.Next(GridState.Side));
        while (state.Distance == 0);
        return state;
    }

    // The goal moves away once it is reached, before the next picture is taken.
    private static GridRecording Record(RandomStream random, int length, Func<GridState, RandomStream, Move> choose)
    {
        var states = new List<GridState> { Anywhere(random) };
        var moves = new List<Move>();
        while (moves.Count < length)
        {
            Move move = choose(states[^1], random);
            GridState next = states[^1].After(move);
            while (next.Distance == 0)
                next = next with { GoalX = random.Next(GridState.Side), GoalY = random.Next(GridState.Side) };
            moves.Add(move);
            states.Add(next);
        }

        return new(states, moves);
    }
}
