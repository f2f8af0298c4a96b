namespace Vlm.Text.Jinja;

/// <summary>A template that cannot be read, that fails, or that does not end.</summary>
/// <param name="message">What is wrong.</param>
/// <param name="line">The template's line, from 1; 0 where it is not known yet.</param>
internal sealed class TemplateFault(string message, int line = 0) : Exception(message)
{
    public int Line { get; } = line;
}
