using System.Text.Json.Nodes;

namespace Vlm.Text.Jinja;

/// <summary>
/// A chat template in the part of the Jinja language that chat templates use, read once, rendered often.
/// It is a stranger's program, so it can only read what it is given and write text: it sees no file, no type and no
/// process, changes nothing, and ends within fixed limits of steps, size and depth. Safe to use from several threads.
/// </summary>
/// <remarks>
/// Set up as transformers sets Jinja up: <c>trim_blocks</c>, <c>lstrip_blocks</c>, no escaping, lists and
/// dictionaries that cannot be changed, and with break, continue, generation, raise_exception, strftime_now.
/// </remarks>
public sealed class JinjaTemplate
{
    private const int MaxSourceLength = 1_000_000;

    private readonly Body _body;

    private JinjaTemplate(Body body, string where) => (_body, Where) = (body, where);

    /// <summary>The template's file, for messages.</summary>
    public string Where { get; }

    /// <summary>Reads a template.</summary>
    /// <param name="source">The template.</param>
    /// <param name="where">Its file, for messages.</param>
    /// <exception cref="UsageException">It is no template, or uses what is not known here; names the line.</exception>
    public static JinjaTemplate Parse(string source, string where)
    {
        try
        {
            return source.Length <= MaxSourceLength
                ? new JinjaTemplate(TemplateParser.Parse(source), where)
                : throw new TemplateFault($"it has {source.Length:N0} characters, more than {MaxSourceLength:N0}", 1);
        }
        catch (TemplateFault fault)
        {
            throw new UsageException(
                $"the chat template cannot be read: {fault.Message}", $"{where}, line {fault.Line} of the template",
                "the template as the model's authors wrote it");
        }
    }

    /// <summary>The text of a chat.</summary>
    /// <param name="messages">As transformers takes them: objects with <c>role</c> and <c>content</c>.</param>
    /// <param name="generationPrompt">The template's <c>add_generation_prompt</c>.</param>
    /// <param name="variables">Further variables: tools, documents, bos_token, add_vision_id ...</param>
    /// <param name="clock">For <c>strftime_now</c>; null is the system's.</param>
    /// <exception cref="UsageException">It refuses the chat, fails, or does not end; names the line.</exception>
    public string Render(
        JsonArray messages, bool generationPrompt, JsonObject? variables = null, TimeProvider? clock = null)
    {
        var evaluator = new Evaluator(new Budget());
        try
        {
            var scope = new Scope(null);
            Globals.AddTo(scope, evaluator.Budget, clock ?? TimeProvider.System);
            AddVariables(scope, messages, generationPrompt, variables);
            return new Interpreter(evaluator).Render(_body, new Scope(scope));
        }
        catch (Exception e) when (IsFault(e))
        {
            TemplateFault? fault = e as TemplateFault ?? e.InnerException as TemplateFault;
            throw new UsageException(
                $"the chat template fails: {fault?.Message ?? e.Message}",
                $"{Where}, line {(fault is { Line: > 0 } ? fault.Line : evaluator.Line)} of the template",
                "other messages, or the folder without its chat template: the model family's own is then used");
        }
    }

    // Sorting wraps what a comparison throws.
    private static bool IsFault(Exception e) => e is TemplateFault or InvalidOperationException or ArgumentException
        or OverflowException or InvalidCastException or IndexOutOfRangeException;

    private static void AddVariables(Scope scope, JsonArray messages, bool generationPrompt, JsonObject? variables)
    {
        scope.Set("tools", null);
        scope.Set("documents", null);
        foreach (var (name, value) in variables ?? [])
            scope.Set(name, JsonText.Read(value));
        scope.Set("messages", JsonText.Read(messages));
        scope.Set("add_generation_prompt", generationPrompt);
    }
}
