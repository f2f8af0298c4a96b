using System.Runtime.CompilerServices;

namespace Vlm.Text.Jinja;

/// <summary>
/// What one rendering may use. A template is a stranger's program: without these limits one line of it could keep the
/// machine busy for ever, or fill its memory.
/// </summary>
internal sealed class Budget
{
    /// <summary>Most parts of a template that are evaluated, each time they are.</summary>
    public const int MaxSteps = 1_000_000;

    /// <summary>Most characters and list items that are read or made, over the whole rendering.</summary>
    public const long MaxSize = 64_000_000;

    /// <summary>Most parts that are evaluated one inside the other; a macro that calls itself ends here.</summary>
    public const int MaxDepth = 600;

    private int _steps;
    private long _size;
    private int _depth;

    public void Step()
    {
        if (++_steps > MaxSteps)
            throw new TemplateFault($"it does not end within {MaxSteps:N0} steps");
    }

    /// <summary>Called before a text or list of this size is made or searched.</summary>
    public void Size(long size)
    {
        _size += Math.Max(0, size);
        if (size > MaxSize || _size > MaxSize)
            throw new TemplateFault($"it handles more than {MaxSize:N0} characters");
    }

    public void Enter()
    {
        Step();
        if (++_depth > MaxDepth || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
            throw new TemplateFault($"it is nested deeper than {MaxDepth} parts");
    }

    public void Leave() => _depth--;
}
