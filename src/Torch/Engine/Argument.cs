using TorchSharp;

namespace Vlm.Engine;

/// <summary>One argument of an operator call. Converts from what C# code holds.</summary>
internal readonly unsafe struct Argument
{
    private readonly object? _reference;
    private readonly long _bits;
    private readonly ValueTag _tag;

    private Argument(ValueTag tag, object? reference, long bits) => (_tag, _reference, _bits) = (tag, reference, bits);

    /// <summary>The schema's default.</summary>
    internal static Argument Default => new(ValueTag.Default, null, 0);

    /// <summary>None: an absent optional.</summary>
    internal static Argument None => new(ValueTag.None, null, 0);

    /// <summary>A list of tensors; null entries where the schema has optional elements.</summary>
    internal static Argument Of(IReadOnlyList<torch.Tensor?> tensors) => new(ValueTag.Tensors, tensors, tensors.Count);

    /// <summary>A list of truth values.</summary>
    internal static Argument Of(bool[] values) => new(ValueTag.Booleans, values, values.Length);

    public static implicit operator Argument(torch.Tensor? tensor) =>
        tensor is null ? None : new(ValueTag.Tensor, tensor, 0);

    public static implicit operator Argument(torch.Tensor[] tensors) => new(ValueTag.Tensors, tensors, tensors.Length);

    public static implicit operator Argument(long value) => new(ValueTag.Integer, null, value);

    public static implicit operator Argument(long? value) => value is { } given ? given : None;

    public static implicit operator Argument(double value) =>
        new(ValueTag.Number, null, BitConverter.DoubleToInt64Bits(value));

    public static implicit operator Argument(double? value) => value is { } given ? given : None;

    public static implicit operator Argument(bool value) => new(ValueTag.Boolean, null, value ? 1 : 0);

    public static implicit operator Argument(long[]? values) =>
        values is null ? None : new(ValueTag.Integers, values, values.Length);

    public static implicit operator Argument(double[]? values) =>
        values is null ? None : new(ValueTag.Numbers, values, values.Length);

    public static implicit operator Argument(string? text) =>
        text is null ? None : new(ValueTag.Text, System.Text.Encoding.UTF8.GetBytes(text), 0);

    public static implicit operator Argument(torch.ScalarType type) => (long)type;

    public static implicit operator Argument(torch.ScalarType? type) => type is { } given ? (long)given : None;

    public static implicit operator Argument(torch.Device? device) =>
        device is null ? None : new(ValueTag.Device, null, device.Packed);

    public static implicit operator Argument(torch.Generator? generator) =>
        generator is null ? None : new(ValueTag.Generator, generator, 0);

    public static implicit operator Argument(Scalar? value) => value is null ? None : value.ToArgument();

    /// <summary>How many 8-byte words the lists need.</summary>
    internal static int Words(ReadOnlySpan<Argument> arguments)
    {
        int words = 0;
        foreach (ref readonly Argument argument in arguments)
            words += argument.WordCount;
        return words;
    }

    private int WordCount => _reference switch
    {
        byte[] text => text.Length / 8 + 1,
        null or torch.Tensor or torch.Generator => 0,
        _ => (int)_bits,
    };

    /// <summary>Lays the arguments out for the bridge; lists go to <paramref name="scratch"/>.</summary>
    internal static void Write(ReadOnlySpan<Argument> arguments, Value* values, long* scratch)
    {
        foreach (ref readonly Argument argument in arguments)
        {
            argument.WriteOne(values++, scratch);
            scratch += argument.WordCount;
        }
    }

    private void WriteOne(Value* value, long* scratch)
    {
        value->Tag = _tag;
        value->Integer = _bits;
        switch (_reference)
        {
            case null:
                return;
            case torch.Tensor tensor:
                value->Pointer = tensor.Handle;
                return;
            case torch.Generator generator:
                value->Pointer = generator.Handle;
                return;
            default:
                value->Count = WriteList(scratch);
                value->Pointer = (nint)scratch;
                return;
        }
    }

    private int WriteList(long* scratch)
    {
        switch (_reference)
        {
            case long[] integers:
                integers.CopyTo(new Span<long>(scratch, integers.Length));
                return integers.Length;
            case double[] numbers:
                numbers.CopyTo(new Span<double>(scratch, numbers.Length));
                return numbers.Length;
            case bool[] flags:
                for (int i = 0; i < flags.Length; i++)
                    scratch[i] = flags[i] ? 1 : 0;
                return flags.Length;
            case byte[] text:
                text.CopyTo(new Span<byte>(scratch, text.Length));
                return text.Length;
            default:
                var tensors = (IReadOnlyList<torch.Tensor?>)_reference!;
                for (int i = 0; i < tensors.Count; i++)
                    scratch[i] = tensors[i]?.Handle ?? 0;
                return tensors.Count;
        }
    }

    /// <summary>Keeps every object reachable until the native call is over.</summary>
    internal static void KeepAlive(ReadOnlySpan<Argument> arguments)
    {
        foreach (ref readonly Argument argument in arguments)
            GC.KeepAlive(argument._reference);
    }

    /// <summary>"[2, 3]" for each tensor in the argument.</summary>
    internal IEnumerable<string> Shapes() => _reference switch
    {
        torch.Tensor tensor => [tensor.ShapeText],
        IReadOnlyList<torch.Tensor?> tensors => tensors.Select(tensor => tensor?.ShapeText ?? "none"),
        _ => [],
    };
}
