namespace Vlm.Datasets;

/// <summary>A move on a grid.</summary>
public enum Move
{
    /// <summary>One row up.</summary>
    Up,

    /// <summary>One row down.</summary>
    Down,

    /// <summary>One column to the left.</summary>
    Left,

    /// <summary>One column to the right.</summary>
    Right,
}

/// <summary>Where one is on a grid, and where one shall be.</summary>
/// <param name="X">Column, from 0.</param>
/// <param name="Y">Row, from 0 at the top.</param>
/// <param name="GoalX">Column of the goal.</param>
/// <param name="GoalY">Row of the goal.</param>
public readonly record struct GridState(int X, int Y, int GoalX, int GoalY)
{
    /// <summary>Columns and rows of the grid.</summary>
    public const int Side = 5;

    private static readonly Move[] s_all = Enum.GetValues<Move>();

    /// <summary>Moves to the goal, at least.</summary>
    public int Distance => Math.Abs(X - GoalX) + Math.Abs(Y - GoalY);

    /// <summary>Moves that stay on the grid: two to four.</summary>
    public IReadOnlyList<Move> Possible
    {
        get
        {
            GridState self = this;
            return [.. s_all.Where(move => self.After(move) is { X: >= 0 and < Side, Y: >= 0 and < Side })];
        }
    }

    /// <summary>Moves that bring the goal nearer: one or two, and none at the goal.</summary>
    public IReadOnlyList<Move> Nearer
    {
        get
        {
            GridState self = this;
            return [.. s_all.Where(move => self.After(move).Distance < self.Distance)];
        }
    }

    /// <summary>The state that a move leads to: always the same one.</summary>
    /// <param name="move">Any; where it is none of <see cref="Possible"/> the state is off the grid.</param>
    public GridState After(Move move) => move switch
    {
        Move.Up => this with { Y = Y - 1 },
        Move.Down => this with { Y = Y + 1 },
        Move.Left => this with { X = X - 1 },
        _ => this with { X = X + 1 },
    };
}
