using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;

namespace Vlm.Engine;

/// <summary>One of libtorch's operators, found by name once and called boxed.</summary>
/// <remarks>
/// Arguments are given in the schema's order; those left out at the end, or given as <see cref="Argument.Default"/>,
/// take the schema's defaults. A call allocates nothing managed but its result.
/// </remarks>
/// <param name="name">Such as "aten::add".</param>
/// <param name="overload">Such as "Tensor"; empty for the operator without an overload name.</param>
internal sealed unsafe class Operator(string name, string overload = "")
{
    private const int MostResults = 8;

    private nint _handle;

    /// <summary>"aten::add.Tensor".</summary>
    internal string Name { get; } = overload.Length == 0 ? name : $"{name}.{overload}";

    /// <summary>True where this libtorch has the operator.</summary>
    internal bool Exists => _handle != 0 || (_handle = Native.vt_find(name, overload)) != 0;

    /// <summary>Calls an operator that returns one tensor.</summary>
    internal torch.Tensor Call(params ReadOnlySpan<Argument> arguments)
    {
        Value* results = stackalloc Value[MostResults];
        Invoke(arguments, results);
        return new torch.Tensor(results[0].Pointer);
    }

    /// <summary>Calls an operator that changes its first argument in place; returns that argument's object.</summary>
    internal torch.Tensor CallInPlace(torch.Tensor self, params ReadOnlySpan<Argument> arguments)
    {
        Value* results = stackalloc Value[MostResults];
        int count = Invoke(arguments, results);
        for (int i = 0; i < count; i++)
            if (results[i].Tag == ValueTag.Tensor)
                Native.vt_release(results[i].Pointer);
        return self;
    }

    /// <summary>Calls an operator that returns nothing, such as the foreach operators in place.</summary>
    internal void CallForEffect(params ReadOnlySpan<Argument> arguments)
    {
        Value* results = stackalloc Value[MostResults];
        Invoke(arguments, results);
    }

    /// <summary>Calls an operator that returns two tensors.</summary>
    internal (torch.Tensor First, torch.Tensor Second) CallPair(params ReadOnlySpan<Argument> arguments)
    {
        Value* results = stackalloc Value[MostResults];
        Invoke(arguments, results);
        return (new torch.Tensor(results[0].Pointer), new torch.Tensor(results[1].Pointer));
    }

    /// <summary>Calls an operator that returns three tensors.</summary>
    internal (torch.Tensor First, torch.Tensor Second, torch.Tensor Third) CallTriple(
        params ReadOnlySpan<Argument> arguments)
    {
        Value* results = stackalloc Value[MostResults];
        Invoke(arguments, results);
        return (new torch.Tensor(results[0].Pointer), new torch.Tensor(results[1].Pointer),
            new torch.Tensor(results[2].Pointer));
    }

    /// <summary>Calls an operator that returns a list of tensors.</summary>
    internal torch.Tensor[] CallList(params ReadOnlySpan<Argument> arguments)
    {
        Value* results = stackalloc Value[MostResults];
        Invoke(arguments, results);
        var tensors = new torch.Tensor[results[0].Count];
        for (int i = 0; i < tensors.Length; i++)
            tensors[i] = new torch.Tensor(((nint*)results[0].Pointer)[i]);
        Native.vt_free_list(results[0].Pointer);
        return tensors;
    }

    /// <summary>Calls an operator that returns one integer or truth value.</summary>
    internal long CallInteger(params ReadOnlySpan<Argument> arguments)
    {
        Value* results = stackalloc Value[MostResults];
        Invoke(arguments, results);
        return results[0].Integer;
    }

    /// <summary>Calls an operator that returns one number, such as aten::item.</summary>
    internal double CallNumber(params ReadOnlySpan<Argument> arguments)
    {
        Value* results = stackalloc Value[MostResults];
        Invoke(arguments, results);
        return results[0].Tag == ValueTag.Number ? results[0].Number : results[0].Integer;
    }

    [SkipLocalsInit]
    private int Invoke(ReadOnlySpan<Argument> arguments, Value* results)
    {
        if (!Exists)
            throw new MissingMethodException(Native.LastError);

        Value* values = stackalloc Value[arguments.Length];
        int words = Argument.Words(arguments);
        const int OnStack = 512;
        long* local = stackalloc long[OnStack];
        long* rented = words > OnStack ? (long*)NativeMemory.Alloc((nuint)words, sizeof(long)) : null;
        try
        {
            Argument.Write(arguments, values, rented is null ? local : rented);
            int count = Native.vt_call(_handle, values, arguments.Length, results, MostResults);
            if (count < 0)
                throw new ExternalException(Describe(arguments, Native.LastError));
            return count;
        }
        finally
        {
            NativeMemory.Free(rented);
            Argument.KeepAlive(arguments);
        }
    }

    /// <summary>libtorch's message behind the operator's name and the shapes of its tensors.</summary>
    private string Describe(ReadOnlySpan<Argument> arguments, string message)
    {
        var shapes = new List<string>();
        foreach (Argument argument in arguments)
            shapes.AddRange(argument.Shapes());
        return $"{Name}({string.Join(", ", shapes)}): {message}";
    }
}
